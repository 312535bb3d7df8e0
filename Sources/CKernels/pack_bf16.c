// Floats to bfloat16 and back, and the orders in which multiply_bf16.c wants its factors.
// Everything goes through blocks of 32×32 values; what a block lacks at an edge is zero.
#include "CKernels.h"
#include "bf16.h"
#include "transpose.h"

enum { side = CK_PANEL_COLUMNS, pairs = side / 2 };

/// A 32×32 block, as rows of values or of pairs of neighbours.
typedef union {
  uint16_t values[side][side];
  uint32_t words[side][pairs];
} block;

CK_DISPATCH
void ck_bf16_convert(uint16_t *restrict out, const float *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_from(in[i]);
}

CK_DISPATCH
void ck_bf16_widen(float *restrict out, const uint16_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_value(in[i]);
}

/// Reads a block at (row, column) of floats or of bfloat16 values. Whole rows are read by their own
/// loops: moves of a size that is known are instructions, others are calls.
CK_INLINE void read_block(block *to, ck_bf16_source in, size_t row, size_t column) {
  size_t height = ck_smaller(side, in.rows - row), width = ck_smaller(side, in.columns - column);
  if (height < side || width < side) memset(to, 0, sizeof *to);
  size_t start = row * in.stride + column;
  if (in.floats && width == side)
    for (size_t r = 0; r < height; r++)
      for (size_t c = 0; c < side; c++)
        to->values[r][c] = ck_bf16_from(in.floats[start + r * in.stride + c]);
  else if (in.floats)
    for (size_t r = 0; r < height; r++)
      for (size_t c = 0; c < width; c++)
        to->values[r][c] = ck_bf16_from(in.floats[start + r * in.stride + c]);
  else if (width == side)
    for (size_t r = 0; r < height; r++)
      memcpy(to->values[r], in.halves + start + r * in.stride, sizeof to->values[r]);
  else
    for (size_t r = 0; r < height; r++)
      memcpy(to->values[r], in.halves + start + r * in.stride, width * sizeof(uint16_t));
}

/// Rows 2p and 2p + 1 side by side, value by value: columns 0 to 15 and 16 to 31.
CK_INLINE void interleave(ck_words16 *low, ck_words16 *high, const block *from, int p) {
  ck_halves32 a, b;
  memcpy(&a, from->values[2 * p], sizeof a);
  memcpy(&b, from->values[2 * p + 1], sizeof b);
  *low = (ck_words16)__builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7,
                                          39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46,
                                          15, 47);
  *high = (ck_words16)__builtin_shufflevector(a, b, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22,
                                           54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29,
                                           61, 30, 62, 31, 63);
}

/// A whole cache line at `to`, in the caches or past them.
CK_INLINE void store_line(uint16_t *to, const ck_words16 *line, bool past_caches) {
  if (past_caches)
    __builtin_nontemporal_store(*line, (ck_words16 *)to);
  else
    memcpy(to, line, sizeof *line);
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

/// Where a block's panel continues: pairs of rows of a block whose columns are the panel's.
CK_INLINE void store_pairs(uint16_t *to, const block *from, bool past_caches) {
  for (int p = 0; p < pairs; p++) {
    ck_words16 low, high;
    interleave(&low, &high, from, p);
    store_line(to + 2 * side * p, &low, past_caches);
    store_line(to + 2 * side * p + side, &high, past_caches);
  }
}

/// The same of the block's transpose.
CK_INLINE void store_pairs_transposed(uint16_t *to, const block *from, bool past_caches) {
  for (int h = 0; h < 2; h++)
    for (int p = 0; p < pairs; p += 4) {
      ck_words16 columns[4];
      ck_transpose_words(columns, from->values[16 * h] + 2 * p, side);
      for (int i = 0; i < 4; i++)
        store_line(to + 2 * side * (p + i) + side * h, &columns[i], past_caches);
    }
}

/// `count` columns of a block, from `first` on, become rows.
CK_INLINE void store_columns(uint16_t *to, size_t stride, const block *from, size_t first,
                             size_t count, bool past_caches) {
  ck_words16 columns[8];
  ck_transpose_halves(columns, from->values[0] + first, side);
  for (size_t c = 0; c < count; c++) store_line(to + c * stride, &columns[c], past_caches);
}

/// Other threads see stores past the caches in no particular order without it.
CK_INLINE void finish_stores(bool past_caches) {
#if defined(__x86_64__)
  if (past_caches) __builtin_ia32_sfence();
#endif
}

CK_INLINE bool is_line_aligned(const uint16_t *pointer) { return (uintptr_t)pointer % 64 == 0; }

CK_DISPATCH
void ck_pack_panels(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_pairs(in.rows) * 2 * side;
  for (size_t panel = first; panel < end; panel++)
    for (size_t row = 0; row < in.rows; row += side) {
      block read;
      read_block(&read, in, row, panel * side);
      store_pairs(out + panel * panel_values + row * side, &read, false);
    }
}

CK_DISPATCH
void ck_pack_panels_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end) {
  size_t panel_values = ck_panel_pairs(in.columns) * 2 * side;
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += side) {
      block read;
      read_block(&read, in, panel * side, column);
      store_pairs_transposed(out + panel * panel_values + column * side, &read, false);
    }
}

CK_DISPATCH
void ck_pack_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                  size_t end) {
  bool past_caches = is_line_aligned(plain) && is_line_aligned(transposed);
  size_t plain_values = ck_panel_pairs(in.rows) * 2 * side;
  size_t transposed_values = ck_panel_pairs(in.columns) * 2 * side;
  for (size_t panel = first; panel < end; panel++)
    for (size_t column = 0; column < in.columns; column += side) {
      block read;
      read_block(&read, in, panel * side, column);
      store_pairs(plain + column / side * plain_values + panel * side * side, &read, past_caches);
      store_pairs_transposed(transposed + panel * transposed_values + column * side, &read,
                             past_caches);
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
