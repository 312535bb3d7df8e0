// Floats to bfloat16 and back, and the orders in which multiply_bf16.c wants its factors.
#include "bf16_blocks.h"

CK_DISPATCH
void ck_bf16_convert(uint16_t *restrict out, const float *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_from(in[i]);
}

CK_DISPATCH
void ck_bf16_widen(float *restrict out, const uint16_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_value(in[i]);
}

/// sums += Σ over rows of a block.
CK_INLINE void add_columns(float *sums, const block *from) {
  for (int half = 0; half < side; half += CK_LANES) {
    float lanes[CK_LANES];
    memcpy(lanes, sums + half, sizeof lanes);
    for (int r = 0; r < side; r++)
      for (int i = 0; i < CK_LANES; i++) lanes[i] += ck_bf16_value(from->values[r][half + i]);
    memcpy(sums + half, lanes, sizeof lanes);
  }
}

/// `count` columns of a block, from `first` on, become rows.
CK_INLINE void store_columns(uint16_t *to, size_t stride, const block *from, size_t first,
                             size_t count, bool past_caches) {
  ck_words16 columns[8];
  ck_transpose_halves(columns, from->values[0] + first, side);
  for (size_t c = 0; c < count; c++) store_line(to + c * stride, &columns[c], past_caches);
}

CK_DISPATCH
void ck_pack_panels(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.rows);
  for (size_t panel = first; panel < end; panel++)
    for (size_t row = 0; row < in.rows; row += side) {
      block read;
      read_block(&read, in, row, panel * side);
      store_pairs(out + panel * panel_values + row * side, &read, false);
    }
}

CK_DISPATCH
void ck_pack_panels_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.columns);
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += side) {
      block read;
      read_block(&read, in, panel * side, column);
      store_pairs_transposed(out + panel * panel_values + column * side, read.values[0], side,
                             false);
    }
}

CK_DISPATCH
void ck_pack_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                  size_t end) {
  bool past_caches = is_line_aligned(plain) && is_line_aligned(transposed);
  size_t plain_values = ck_panel_values(in.rows);
  size_t transposed_values = ck_panel_values(in.columns);
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += side) {
      block read;
      read_block(&read, in, panel * side, column);
      store_pairs(plain + column / side * plain_values + panel * side * side, &read, past_caches);
      store_pairs_transposed(transposed + panel * transposed_values + column * side,
                             read.values[0], side, past_caches);
    }
  finish_stores(past_caches);
}

CK_DISPATCH
void ck_transpose_bf16(uint16_t *out, size_t out_stride, ck_bf16_source in, size_t first,
                       size_t end, float *sums, bool past_caches) {
  past_caches = past_caches && is_line_aligned(out) && out_stride % side == 0;
  for (size_t row = 0; row < in.rows; row += side)
    for (size_t column = first; column < end; column += side) {
      block read;
      read_block(&read, in, row, column);
      size_t width = ck_smaller(side, end - column);
      if (sums && width == side) {
        add_columns(sums + column, &read);
      } else if (sums) {
        float all[side] = {0};
        add_columns(all, &read);
        for (size_t c = 0; c < width; c++) sums[column + c] += all[c];
      }
      uint16_t *to = out + column * out_stride + row;
      // A constant count, else the columns go through memory.
      for (size_t c = 0; c < width / 8; c++)
        store_columns(to + 8 * c * out_stride, out_stride, &read, 8 * c, 8, past_caches);
      if (width % 8)
        store_columns(to + width / 8 * 8 * out_stride, out_stride, &read, width / 8 * 8, width % 8,
                      past_caches);
    }
  finish_stores(past_caches);
}
