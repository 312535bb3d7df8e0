// HDF5's predefined ids are macros over library globals; Swift sees functions instead.
#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H
#include <hdf5.h>

static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_file_float(void) { return H5T_IEEE_F32LE; }

#endif
