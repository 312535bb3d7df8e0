// What products of stored rows with a vector share: sixteen numbers at a time, and the loop over
// rows. Every weight is read once, so that reading is what they cost; four rows at a time share the
// loads of the vector and keep enough additions in flight.
#ifndef CKERNELS_ROW_PRODUCTS_H
#define CKERNELS_ROW_PRODUCTS_H
#include "blocks.h"

enum {
  rows_together = 4,
  // Rows that are asked for before they are needed: the CPU does not see by itself that rows which
  // are read side by side follow each other.
  rows_ahead = 8,
};

typedef int32_t integers16 __attribute__((vector_size(64)));
typedef uint16_t halves16 __attribute__((vector_size(32)));
typedef _Float16 float16s16 __attribute__((vector_size(32)));

/// A half by the CPU's own conversion, where it has one.
CK_INLINE float f16_value(uint16_t half) {
  _Float16 value;
  memcpy(&value, &half, sizeof value);
  return (float)value;
}

/// Defines y[r] = Σ_c row r [c] · x[c] for the CPUs of `dispatch`, `step` elements of `step_bytes` bytes at a time. The expression `add` adds the
/// products of row[k] from element `c` on to sums[k], after `prepare` has filled `scales` for all rows;
/// `one` gives a single element of what is left.
#define DEFINE_MULTIPLY_ROWS_FOR(dispatch, name, prepare, add, step, step_bytes, one)            \
  dispatch                                                                                       \
  static void name(float *y, const char *weights, size_t row_bytes, size_t rows, size_t columns, \
                   const float *x, const float *group_sums) {                                    \
    (void)group_sums;                                                                            \
    const size_t whole = columns / step * step;                                                  \
    for (size_t r = 0; r < rows; r += rows_together) {                                           \
      const size_t last = rows - 1 - r;                                                          \
      const char *row[rows_together];                                                            \
      for (size_t k = 0; k < rows_together; k++)                                                 \
        row[k] = weights + (r + (k < last ? k : last)) * row_bytes;                              \
      ck_floats16 sums[rows_together] = {0};                                                     \
      for (size_t c = 0; c < whole; c += step) {                                                 \
        float scales[rows_together];                                                             \
        prepare;                                                                                 \
        for (size_t k = 0; k < rows_together; k++) {                                             \
          __builtin_prefetch(row[k] + rows_ahead * row_bytes + c / step * (step_bytes));         \
          add;                                                                                   \
        }                                                                                        \
      }                                                                                          \
      for (size_t k = 0; k < rows_together && k <= last; k++) {                                  \
        float sum = ck_sum_lanes((const float *)&sums[k]);                                       \
        for (size_t c = whole; c < columns; c++) sum += one(row[k], c) * x[c];                   \
        y[r + k] = sum;                                                                          \
      }                                                                                          \
    }                                                                                            \
  }

#define DEFINE_MULTIPLY_ROWS(name, prepare, add, step, step_bytes, one) \
  DEFINE_MULTIPLY_ROWS_FOR(CK_DISPATCH, name, prepare, add, step, step_bytes, one)

/// For formats that have no scale for each block and row.
#define NO_SCALES (void)scales
/// For formats of whole blocks.
#define NONE(row, c) 0.0f

/// Products of formats with long blocks.
void ck_multiply_long_rows(ck_format format, float *y, const char *weights, size_t row_bytes,
                           size_t rows, size_t columns, const float *x);

#endif
