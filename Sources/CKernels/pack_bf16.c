// Floats to bfloat16 and back, and the orders in which multiply_bf16.c wants its factors.
// Everything goes through blocks of 32×32 values; what a block lacks at an edge is zero.
#include "CKernels.h"
#include "bf16.h"

enum { side = CK_PANEL_COLUMNS, pairs = side / 2 };

/// A 32×32 block, as rows of values or of pairs of neighbours.
typedef union {
  uint16_t values[side][side];
  uint32_t words[side][pairs];
} block;

typedef uint32_t words16 __attribute__((vector_size(64)));

CK_DISPATCH
void ck_bf16_convert(uint16_t *restrict out, const float *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_from(in[i]);
}

CK_DISPATCH
void ck_bf16_widen(float *restrict out, const uint16_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = ck_bf16_value(in[i]);
}

CK_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Reads a block at (row, column) of floats or of bfloat16 values. Whole rows are read by their own
/// loops: moves of a size that is known are instructions, others are calls.
CK_INLINE void read_block(block *to, ck_bf16_source in, size_t row, size_t column) {
  size_t height = smaller(side, in.rows - row), width = smaller(side, in.columns - column);
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

/// m[i][j] becomes m[j][i]: every step swaps the off-diagonal quarters of smaller squares.
CK_INLINE void transpose(words16 m[16]) {
#define SWAP(step, lower, upper)                                                                   \
  for (int i = 0; i < 16; i++)                                                                     \
    if (!(i & (step))) {                                                                           \
      words16 a = m[i], b = m[i | (step)];                                                         \
      m[i] = __builtin_shufflevector lower;                                                        \
      m[i | (step)] = __builtin_shufflevector upper;                                               \
    }
  SWAP(8, (a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
       (a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  SWAP(4, (a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
       (a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  SWAP(2, (a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
       (a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  SWAP(1, (a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
       (a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
#undef SWAP
}

typedef uint16_t halves32 __attribute__((vector_size(64)));

/// Rows 2p and 2p + 1 side by side, value by value: columns 0 to 15 and 16 to 31.
CK_INLINE void interleave(words16 *low, words16 *high, const block *from, int p) {
  halves32 a, b;
  memcpy(&a, from->values[2 * p], sizeof a);
  memcpy(&b, from->values[2 * p + 1], sizeof b);
  *low = (words16)__builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7,
                                          39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46,
                                          15, 47);
  *high = (words16)__builtin_shufflevector(a, b, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22,
                                           54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29,
                                           61, 30, 62, 31, 63);
}

/// A whole cache line at `to`, in the caches or past them.
CK_INLINE void store_line(uint16_t *to, const words16 *line, bool past_caches) {
  if (past_caches)
    __builtin_nontemporal_store(*line, (words16 *)to);
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
    words16 low, high;
    interleave(&low, &high, from, p);
    store_line(to + 2 * side * p, &low, past_caches);
    store_line(to + 2 * side * p + side, &high, past_caches);
  }
}

/// The same of the block's transpose.
CK_INLINE void store_pairs_transposed(uint16_t *to, const block *from, bool past_caches) {
  for (int h = 0; h < 2; h++) {
    words16 half[16];
    memcpy(half, from->words[16 * h], sizeof half);
    transpose(half);
    for (int p = 0; p < pairs; p++) store_line(to + 2 * side * p + side * h, &half[p], past_caches);
  }
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
      words16 half[2][16];
      read_block(&read, in, row, column);
      size_t width = smaller(side, end - column);
      if (sums && width == side) {
        add_columns(sums + column, &read);
      } else if (sums) {
        float all[side] = {0};
        add_columns(all, &read);
        for (size_t c = 0; c < width; c++) sums[column + c] += all[c];
      }
      for (int p = 0; p < pairs; p++) interleave(&half[0][p], &half[1][p], &read, p);
      for (int h = 0; h < 2; h++) {
        transpose(half[h]);
        for (size_t c = 0; c < 16 && 16 * h + c < width; c++)
          store_line(out + (column + 16 * h + c) * out_stride + row, &half[h][c], past_caches);
      }
    }
  finish_stores(past_caches);
}
