#include "CKernels.h"
void ckernels_room(void) {}
