// Rows of bfloat16 values as fixed point (fixed_point.h). Values are handled as the pairs in which they
// lie: the halves of a word become floats by one operation each.
#ifndef CKERNELS_FIXED_ROWS_H
#define CKERNELS_FIXED_ROWS_H
#include "fixed_point.h"

enum {
  /// Values of a row that are handled together.
  CK_FIXED_STEP = 32,
  /// Rows that are converted at a time, at most.
  CK_FIXED_ROWS = 64,
};

/// The first values of 16 pairs, and the second ones.
typedef struct {
  ck_floats16 first, second;
} ck_pairs;

CK_INLINE void ck_read_pairs(ck_pairs *to, const uint16_t *in) {
  ck_words16 words;
  memcpy(&words, in, sizeof words);
  to->first = (ck_floats16)(words << 16);
  to->second = (ck_floats16)(words & 0xffff0000u);
}

CK_INLINE void ck_scale_pairs(ck_pairs *to, const float *factors) {
  ck_floats16 f[2];
  memcpy(f, factors, sizeof f);
  to->first *= __builtin_shufflevector(f[0], f[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
                                       26, 28, 30);
  to->second *= __builtin_shufflevector(f[0], f[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25,
                                        27, 29, 31);
}

/// A step of a row that ends `left` values on, each times its factor unless there are none; what the
/// step has beyond them is 0.
CK_INLINE void ck_read_step(ck_pairs *to, const uint16_t *in, const float *factors, size_t left) {
  if (left >= CK_FIXED_STEP) {
    ck_read_pairs(to, in);
    if (factors) ck_scale_pairs(to, factors);
    return;
  }
  uint16_t values[CK_FIXED_STEP] = {0};
  float own[CK_FIXED_STEP] = {0};
  memcpy(values, in, left * sizeof *in);
  ck_read_pairs(to, values);
  if (!factors) return;
  memcpy(own, factors, left * sizeof *factors);
  ck_scale_pairs(to, own);
}

CK_INLINE void ck_add_squares(ck_pairs *sums, const ck_pairs *values) {
  sums->first += values->first * values->first;
  sums->second += values->second * values->second;
}

CK_INLINE void ck_write_pairs(uint16_t *out, const ck_pairs *values, const ck_pairs *inverses) {
  ck_words16 first = (ck_words16)(values->first * inverses->first + CK_TO_INTEGER);
  ck_words16 second = (ck_words16)(values->second * inverses->second + CK_TO_INTEGER);
  ck_words16 words = (first & 0xffffu) | (second << 16);
  memcpy(out, &words, sizeof words);
}

/// Σ of squares of `count` values of a row, each times its factor unless there are none.
CK_INLINE float ck_row_squares(const uint16_t *in, const float *factors, size_t count) {
  ck_pairs sums = {{0}, {0}}, values;
  size_t whole = count / CK_FIXED_STEP * CK_FIXED_STEP;
  for (size_t i = 0; i < whole; i += CK_FIXED_STEP) {
    ck_read_step(&values, in + i, factors ? factors + i : NULL, CK_FIXED_STEP);
    ck_add_squares(&sums, &values);
  }
  if (whole < count) {
    ck_read_step(&values, in + whole, factors ? factors + whole : NULL, count - whole);
    ck_add_squares(&sums, &values);
  }
  float lanes[CK_LANES];
  sums.first += sums.second;
  memcpy(lanes, &sums.first, sizeof lanes);
  return ck_sum_lanes(lanes);
}

/// Those values as integers, with zeros up to a whole step.
CK_INLINE void ck_fix_row(uint16_t *out, const uint16_t *in, const float *factors, size_t count,
                          float inverse) {
  ck_pairs values, inverses = {(ck_floats16){0} + inverse, (ck_floats16){0} + inverse};
  size_t whole = count / CK_FIXED_STEP * CK_FIXED_STEP;
  for (size_t i = 0; i < whole; i += CK_FIXED_STEP) {
    ck_read_step(&values, in + i, factors ? factors + i : NULL, CK_FIXED_STEP);
    ck_write_pairs(out + i, &values, &inverses);
  }
  if (whole < count) {
    ck_read_step(&values, in + whole, factors ? factors + whole : NULL, count - whole);
    ck_write_pairs(out + whole, &values, &inverses);
  }
}

/// A stretch of some rows.
typedef struct {
  uint16_t *values; ///< rows of CK_STRETCH
  float *scales;
} ck_fixed_rows;

/// Converts `rows` rows, at most CK_FIXED_ROWS, which lie `stride` apart, and fills a number of rows up
/// to a multiple of `unit` with zeros.
CK_INLINE void ck_fix_rows(ck_fixed_rows to, const uint16_t *in, size_t stride,
                           const float *factors, size_t rows, size_t count, size_t unit) {
  float squares[CK_FIXED_ROWS] = {0}, inverses[CK_FIXED_ROWS];
  for (size_t r = 0; r < rows; r++)
    squares[r] = ck_row_squares(in + r * stride, factors, count);
  size_t filled = (rows + unit - 1) / unit * unit;
  for (size_t r = 0; r < filled; r++) {
    inverses[r] = ck_fixed_inverse(squares[r]);
    to.scales[r] = ck_fixed_scale(squares[r]);
  }
  for (size_t r = 0; r < rows; r++)
    ck_fix_row(to.values + r * CK_STRETCH, in + r * stride, factors, count, inverses[r]);
  for (size_t r = rows; r < filled; r++)
    memset(to.values + r * CK_STRETCH, 0, CK_STRETCH * sizeof *to.values);
}

#endif
