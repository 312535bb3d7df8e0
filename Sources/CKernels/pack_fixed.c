// Second factors as fixed point (fixed_point.h), in panels of 32 columns: for each stretch of the depth
// the scales of the columns, then pairs of rows as multiply_bf16.c has them.
#include "bf16_blocks.h"
#include "fixed_rows.h"

enum { scale_values = 2 * CK_SIDE, block_values = CK_SIDE * CK_SIDE };

/// Writes the scales of 32 columns, and returns what their values are multiplied by.
CK_INLINE void store_scales(uint16_t *to, ck_pairs *inverses, const ck_pairs *squares) {
  float sums[2][CK_LANES], scales[CK_SIDE], inverse[2][CK_LANES];
  memcpy(sums, squares, sizeof sums);
  for (int h = 0; h < 2; h++)
    for (int i = 0; i < CK_LANES; i++) {
      inverse[h][i] = ck_fixed_inverse(sums[h][i]);
      scales[2 * i + h] = ck_fixed_scale(sums[h][i]);
    }
  memcpy(inverses, inverse, sizeof inverse);
  memcpy(to, scales, sizeof scales);
}

/// A stretch of a panel that begins at (row, column) of `in`.
CK_INLINE void pack_stretch(uint16_t *to, ck_bf16_source in, size_t row, size_t column,
                            bool past_caches) {
  ck_block blocks[CK_STRETCH / CK_SIDE];
  size_t count = (ck_smaller(CK_STRETCH, in.rows - row) + CK_SIDE - 1) / CK_SIDE;
  ck_pairs squares = {{0}, {0}}, inverses, values;
  for (size_t b = 0; b < count; b++) {
    ck_read_block(&blocks[b], in, row + b * CK_SIDE, column);
    for (int r = 0; r < CK_SIDE; r++) {
      ck_read_pairs(&values, blocks[b].values[r]);
      ck_add_squares(&squares, &values);
    }
  }
  store_scales(to, &inverses, &squares);
  for (size_t b = 0; b < count; b++) {
    for (int r = 0; r < CK_SIDE; r++) {
      ck_read_pairs(&values, blocks[b].values[r]);
      ck_write_pairs(blocks[b].values[r], &values, &inverses);
    }
    ck_store_pairs(to + scale_values + b * block_values, &blocks[b], past_caches);
  }
}

/// The same of the transpose of `in`: rows become columns.
CK_INLINE void pack_stretch_transposed(uint16_t *to, ck_bf16_source in, size_t row, size_t column,
                                       bool past_caches) {
  uint16_t rounded[CK_SIDE * CK_STRETCH], fixed[CK_SIDE * CK_STRETCH];
  float scales[CK_SIDE];
  size_t height = ck_smaller(CK_SIDE, in.rows - row);
  size_t count = ck_smaller(CK_STRETCH, in.columns - column);
  const uint16_t *rows = rounded;
  size_t stride = CK_STRETCH;
  if (in.floats) {
    for (size_t r = 0; r < height; r++)
      for (size_t c = 0; c < count; c++)
        rounded[r * CK_STRETCH + c] = ck_bf16_from(in.floats[(row + r) * in.stride + column + c]);
  } else {
    rows = in.halves + row * in.stride + column;
    stride = in.stride;
  }
  ck_fix_rows((ck_fixed_rows){fixed, scales}, rows, stride, NULL, height, count, CK_SIDE);
  memcpy(to, scales, sizeof scales);
  for (size_t b = 0; b * CK_SIDE < count; b++)
    ck_store_pairs_transposed(to + scale_values + b * block_values, fixed + b * CK_SIDE,
                              CK_STRETCH, past_caches);
}

/// Where a stretch of panels that are `panel_values` apart begins.
CK_INLINE uint16_t *stretch_at(uint16_t *out, size_t panel_values, size_t depth, size_t column) {
  return out + column / CK_SIDE * panel_values + depth / CK_STRETCH * CK_STRETCH_VALUES;
}

CK_DISPATCH
void ck_pack_fixed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  for (size_t panel = first; panel < end; panel++)
    for (size_t row = 0; row < in.rows; row += CK_STRETCH)
      pack_stretch(stretch_at(out, ck_panel_values(in.rows), row, panel * CK_SIDE), in, row,
                   panel * CK_SIDE, false);
}

CK_DISPATCH
void ck_pack_fixed_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += CK_STRETCH)
      pack_stretch_transposed(stretch_at(out, ck_panel_values(in.columns), column, panel * CK_SIDE),
                              in, panel * CK_SIDE, column, false);
}

/// A stretch of rows and of columns at (row, column) of `in`, rounded.
CK_INLINE ck_bf16_source read_square(uint16_t *values, ck_bf16_source in, size_t row,
                                     size_t column) {
  ck_bf16_source square = {.halves = values,
                           .rows = ck_smaller(CK_STRETCH, in.rows - row),
                           .columns = ck_smaller(CK_STRETCH, in.columns - column),
                           .stride = CK_STRETCH};
  for (size_t r = 0; r < square.rows; r++)
    for (size_t c = 0; c < square.columns; c++)
      values[r * CK_STRETCH + c] = ck_bf16_from(in.floats[(row + r) * in.stride + column + c]);
  return square;
}

CK_DISPATCH
void ck_pack_fixed_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                        size_t end) {
  bool past_caches = ck_is_line_aligned(plain) && ck_is_line_aligned(transposed);
  size_t plain_values = ck_panel_values(in.rows);
  size_t transposed_values = ck_panel_values(in.columns);
  size_t across = (in.columns + CK_STRETCH - 1) / CK_STRETCH;
  uint16_t values[CK_STRETCH * CK_STRETCH];
  for (size_t i = first; i < end; i++) {
    size_t row = i / across * CK_STRETCH, column = i % across * CK_STRETCH;
    ck_bf16_source square = read_square(values, in, row, column);
    for (size_t c = 0; c < square.columns; c += CK_SIDE)
      pack_stretch(stretch_at(plain, plain_values, row, column + c), square, 0, c, past_caches);
    for (size_t r = 0; r < square.rows; r += CK_SIDE)
      pack_stretch_transposed(stretch_at(transposed, transposed_values, column, row + r), square,
                              r, 0, past_caches);
  }
  ck_finish_stores(past_caches);
}
