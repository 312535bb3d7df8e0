void ckernels_room(void);
