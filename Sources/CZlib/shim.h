// zlib's start is a macro that knows the size of its stream; Swift sees a function instead.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H
#include <zlib.h>

/// Starts decompression of gzip data with the largest window.
static inline int czlib_start_gunzip(z_streamp stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}

#endif
