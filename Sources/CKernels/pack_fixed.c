// Second factors as fixed point (fixed_point.h), in panels of 32 columns: for each stretch of the depth
// the scales of the columns, then pairs of rows as multiply_bf16.c has them.
#include "bf16_blocks.h"
#include "fixed_point.h"

enum { scale_values = 2 * side, block_values = side * side };

/// What lies before the pairs of a stretch; `squares` becomes what values are multiplied by.
CK_INLINE void store_scales(uint16_t *to, float *squares) {
  float scales[side];
  for (int c = 0; c < side; c++) {
    scales[c] = ck_fixed_scale(squares[c]);
    squares[c] = ck_fixed_inverse(squares[c]);
  }
  memcpy(to, scales, sizeof scales);
}

/// Columns of a block are those of the panel.
CK_INLINE void add_squares(float *squares, const block *from) {
  for (int half = 0; half < side; half += CK_LANES) {
    float lanes[CK_LANES];
    memcpy(lanes, squares + half, sizeof lanes);
    for (int r = 0; r < side; r++)
      for (int i = 0; i < CK_LANES; i++) {
        float value = ck_bf16_value(from->values[r][half + i]);
        lanes[i] += value * value;
      }
    memcpy(squares + half, lanes, sizeof lanes);
  }
}

CK_INLINE void fix_columns(block *own, const float *inverses) {
  for (int r = 0; r < side; r++)
    for (int c = 0; c < side; c++)
      own->values[r][c] = ck_fixed_from(ck_bf16_value(own->values[r][c]), inverses[c]);
}

/// Rows of a block are columns of the panel.
CK_INLINE void add_squares_of_rows(float (*lanes)[CK_LANES], const block *from) {
  for (int r = 0; r < side; r++)
    for (int half = 0; half < side; half += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) {
        float value = ck_bf16_value(from->values[r][half + i]);
        lanes[r][i] += value * value;
      }
}

CK_INLINE void fix_rows(block *own, const float *inverses) {
  for (int r = 0; r < side; r++)
    for (int c = 0; c < side; c++)
      own->values[r][c] = ck_fixed_from(ck_bf16_value(own->values[r][c]), inverses[r]);
}

/// A stretch of a panel that begins at (row, column) of `in`.
CK_INLINE void pack_stretch(uint16_t *to, ck_bf16_source in, size_t row, size_t column) {
  block blocks[CK_STRETCH / side];
  size_t count = (ck_smaller(CK_STRETCH, in.rows - row) + side - 1) / side;
  float squares[side] = {0};
  for (size_t b = 0; b < count; b++) {
    read_block(&blocks[b], in, row + b * side, column);
    add_squares(squares, &blocks[b]);
  }
  store_scales(to, squares);
  for (size_t b = 0; b < count; b++) {
    fix_columns(&blocks[b], squares);
    store_pairs(to + scale_values + b * block_values, &blocks[b], false);
  }
}

/// The same of the transpose of `in`.
CK_INLINE void pack_stretch_transposed(uint16_t *to, ck_bf16_source in, size_t row, size_t column) {
  block blocks[CK_STRETCH / side];
  size_t count = (ck_smaller(CK_STRETCH, in.columns - column) + side - 1) / side;
  float lanes[side][CK_LANES] = {{0}}, squares[side];
  for (size_t b = 0; b < count; b++) {
    read_block(&blocks[b], in, row, column + b * side);
    add_squares_of_rows(lanes, &blocks[b]);
  }
  for (int r = 0; r < side; r++) squares[r] = ck_sum_lanes(lanes[r]);
  store_scales(to, squares);
  for (size_t b = 0; b < count; b++) {
    fix_rows(&blocks[b], squares);
    store_pairs_transposed(to + scale_values + b * block_values, &blocks[b], false);
  }
}

CK_DISPATCH
void ck_pack_fixed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.rows);
  for (size_t panel = first; panel < end; panel++)
    for (size_t row = 0; row < in.rows; row += CK_STRETCH)
      pack_stretch(out + panel * panel_values + row / CK_STRETCH * CK_STRETCH_VALUES, in, row,
                   panel * side);
}

CK_DISPATCH
void ck_pack_fixed_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.columns);
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += CK_STRETCH)
      pack_stretch_transposed(
          out + panel * panel_values + column / CK_STRETCH * CK_STRETCH_VALUES, in, panel * side,
          column);
}
