// Transposition in registers of 64 bytes. Their four lanes of 16 bytes are gathered from rows that lie
// apart, such that what is left is to transpose a small square within each lane, for which
// processors have quick instructions.
#ifndef CKERNELS_TRANSPOSE_H
#define CKERNELS_TRANSPOSE_H
#include "vector.h"

typedef uint16_t ck_halves32 __attribute__((vector_size(64)));
typedef uint64_t ck_longs8 __attribute__((vector_size(64)));

/// Four lanes that lie `stride` values apart.
CK_INLINE void ck_gather_lanes(ck_halves32 *to, const uint16_t *from, size_t stride) {
  typedef uint16_t lane __attribute__((vector_size(16)));
  lane a, b, c, d;
  memcpy(&a, from, sizeof a);
  memcpy(&b, from + stride, sizeof b);
  memcpy(&c, from + 2 * stride, sizeof c);
  memcpy(&d, from + 3 * stride, sizeof d);
  typedef uint16_t half __attribute__((vector_size(32)));
  half low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  half high = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  *to = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                                17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

// What two registers' lanes hold, alternately: of the lower or of the upper halves of the lanes.
#define CK_LOW_HALVES(a, b)                                                                        \
  __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 8, 40, 9, 41, 10, 42, 11, 43, 16, 48,  \
                          17, 49, 18, 50, 19, 51, 24, 56, 25, 57, 26, 58, 27, 59)
#define CK_HIGH_HALVES(a, b)                                                                       \
  __builtin_shufflevector(a, b, 4, 36, 5, 37, 6, 38, 7, 39, 12, 44, 13, 45, 14, 46, 15, 47, 20,    \
                          52, 21, 53, 22, 54, 23, 55, 28, 60, 29, 61, 30, 62, 31, 63)
#define CK_LOW_WORDS(a, b)                                                                         \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define CK_HIGH_WORDS(a, b)                                                                        \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define CK_LOW_LONGS(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define CK_HIGH_LONGS(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)

/// Columns 0 to 7 of 32 rows of 16-bit values that lie `stride` apart; to[c] is column c.
CK_INLINE void ck_transpose_halves(ck_words16 to[8], const uint16_t *from, size_t stride) {
  ck_halves32 r[8];
  ck_words16 t[8];
  ck_longs8 u[8];
  for (int i = 0; i < 8; i++) ck_gather_lanes(&r[i], from + i * stride, 8 * stride);
  for (int i = 0; i < 8; i += 2) {
    t[i] = (ck_words16)CK_LOW_HALVES(r[i], r[i + 1]);
    t[i + 1] = (ck_words16)CK_HIGH_HALVES(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int h = 0; h < 2; h++) {
      u[i + 2 * h] = (ck_longs8)CK_LOW_WORDS(t[i + h], t[i + h + 2]);
      u[i + 2 * h + 1] = (ck_longs8)CK_HIGH_WORDS(t[i + h], t[i + h + 2]);
    }
  for (int i = 0; i < 4; i++) {
    to[2 * i] = (ck_words16)CK_LOW_LONGS(u[i], u[i + 4]);
    to[2 * i + 1] = (ck_words16)CK_HIGH_LONGS(u[i], u[i + 4]);
  }
}

/// Columns 0 to 3 of 16 rows of 32-bit words that lie `stride` 16-bit values apart.
CK_INLINE void ck_transpose_words(ck_words16 to[4], const uint16_t *from, size_t stride) {
  ck_halves32 lanes;
  ck_words16 r[4];
  for (int i = 0; i < 4; i++) {
    ck_gather_lanes(&lanes, from + i * stride, 4 * stride);
    r[i] = (ck_words16)lanes;
  }
  ck_longs8 low[2], high[2];
  for (int i = 0; i < 2; i++) {
    low[i] = (ck_longs8)CK_LOW_WORDS(r[2 * i], r[2 * i + 1]);
    high[i] = (ck_longs8)CK_HIGH_WORDS(r[2 * i], r[2 * i + 1]);
  }
  to[0] = (ck_words16)CK_LOW_LONGS(low[0], low[1]);
  to[1] = (ck_words16)CK_HIGH_LONGS(low[0], low[1]);
  to[2] = (ck_words16)CK_LOW_LONGS(high[0], high[1]);
  to[3] = (ck_words16)CK_HIGH_LONGS(high[0], high[1]);
}

#endif
