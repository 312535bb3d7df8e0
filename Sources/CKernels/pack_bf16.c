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
CK_INLINE void add_columns(float *sums, const ck_block *from) {
  for (int half = 0; half < CK_SIDE; half += CK_LANES) {
    float lanes[CK_LANES];
    memcpy(lanes, sums + half, sizeof lanes);
    for (int r = 0; r < CK_SIDE; r++)
      for (int i = 0; i < CK_LANES; i++) lanes[i] += ck_bf16_value(from->values[r][half + i]);
    memcpy(sums + half, lanes, sizeof lanes);
  }
}

/// `count` columns of a block, from `first` on, become rows.
CK_INLINE void store_columns(uint16_t *to, size_t stride, const ck_block *from, size_t first,
                             size_t count, bool past_caches) {
  ck_words16 columns[8];
  ck_transpose_halves(columns, from->values[0] + first, CK_SIDE);
  for (size_t c = 0; c < count; c++) ck_store_line(to + c * stride, &columns[c], past_caches);
}

CK_DISPATCH
void ck_pack_panels(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.rows);
  for (size_t panel = first; panel < end; panel++)
    for (size_t row = 0; row < in.rows; row += CK_SIDE) {
      ck_block read;
      ck_read_block(&read, in, row, panel * CK_SIDE);
      ck_store_pairs(out + panel * panel_values + row * CK_SIDE, &read, false);
    }
}

CK_DISPATCH
void ck_pack_panels_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_values(in.columns);
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += CK_SIDE) {
      ck_block read;
      ck_read_block(&read, in, panel * CK_SIDE, column);
      ck_store_pairs_transposed(out + panel * panel_values + column * CK_SIDE, read.values[0],
                                CK_SIDE, false);
    }
}

CK_DISPATCH
void ck_pack_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                  size_t end) {
  bool past_caches = ck_is_line_aligned(plain) && ck_is_line_aligned(transposed);
  size_t plain_values = ck_panel_values(in.rows);
  size_t transposed_values = ck_panel_values(in.columns);
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += CK_SIDE) {
      ck_block read;
      ck_read_block(&read, in, panel * CK_SIDE, column);
      ck_store_pairs(plain + column / CK_SIDE * plain_values + panel * CK_SIDE * CK_SIDE, &read,
                     past_caches);
      ck_store_pairs_transposed(transposed + panel * transposed_values + column * CK_SIDE,
                                read.values[0], CK_SIDE, past_caches);
    }
  ck_finish_stores(past_caches);
}

CK_DISPATCH
void ck_transpose_bf16(uint16_t *out, size_t out_stride, ck_bf16_source in, size_t first,
                       size_t end, float *sums, bool past_caches) {
  past_caches = past_caches && ck_is_line_aligned(out) && out_stride % CK_SIDE == 0;
  for (size_t row = 0; row < in.rows; row += CK_SIDE)
    for (size_t column = first; column < end; column += CK_SIDE) {
      ck_block read;
      ck_read_block(&read, in, row, column);
      size_t width = ck_smaller(CK_SIDE, end - column);
      if (sums && width == CK_SIDE) {
        add_columns(sums + column, &read);
      } else if (sums) {
        float all[CK_SIDE] = {0};
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
  ck_finish_stores(past_caches);
}
