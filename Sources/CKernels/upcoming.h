// Rows of memory that are needed soon and asked for some cache lines at a time, while products are summed:
// what lies beyond the second-level cache takes longer to come than any CPU looks ahead.
#ifndef CKERNELS_UPCOMING_H
#define CKERNELS_UPCOMING_H
#include "vector.h"

enum { CK_LINE_BYTES = 64 };

typedef struct {
  const char *row;
  /// Bytes from one row to the next.
  size_t stride, rows;
  /// Cache lines of a row, how many of them were asked for, and how many are at a time.
  size_t lines, done, pace;
} ck_upcoming;

/// `rows` rows of so many bytes, asked for in the course of `steps` calls.
CK_INLINE ck_upcoming ck_coming(const void *row, size_t stride, size_t rows, size_t bytes,
                                size_t steps) {
  size_t lines = (bytes + CK_LINE_BYTES - 1) / CK_LINE_BYTES;
  return (ck_upcoming){row, stride, rows, lines, 0, steps ? (rows * lines + steps - 1) / steps : 0};
}

CK_INLINE void ck_ask_ahead(ck_upcoming *u) {
  for (size_t i = 0; i < u->pace && u->rows; i++) {
    __builtin_prefetch(u->row + u->done * CK_LINE_BYTES, 0, 2);
    if (++u->done < u->lines) continue;
    u->done = 0;
    u->row += u->stride;
    u->rows--;
  }
}

#endif
