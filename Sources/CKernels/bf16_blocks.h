// Blocks of 32×32 bfloat16 values on their way into the orders in which products want their factors;
// what a block lacks at an edge is zero.
#ifndef CKERNELS_BF16_BLOCKS_H
#define CKERNELS_BF16_BLOCKS_H
#include "bf16.h"
#include "transpose.h"

enum { CK_SIDE = CK_PANEL_COLUMNS, CK_SIDE_PAIRS = CK_SIDE / 2 };

/// A 32×32 block, as rows of values or of pairs of neighbours.
typedef union {
  uint16_t values[CK_SIDE][CK_SIDE];
  uint32_t words[CK_SIDE][CK_SIDE_PAIRS];
} ck_block;

/// Reads a block at (row, column) of floats or of bfloat16 values. Whole rows are read by their own
/// loops: moves of a size that is known are instructions, others are calls.
CK_INLINE void ck_read_block(ck_block *to, ck_bf16_source in, size_t row, size_t column) {
  size_t height = ck_smaller(CK_SIDE, in.rows - row);
  size_t width = ck_smaller(CK_SIDE, in.columns - column);
  if (height < CK_SIDE || width < CK_SIDE) memset(to, 0, sizeof *to);
  size_t start = row * in.stride + column;
  if (in.floats && width == CK_SIDE)
    for (size_t r = 0; r < height; r++)
      for (size_t c = 0; c < CK_SIDE; c++)
        to->values[r][c] = ck_bf16_from(in.floats[start + r * in.stride + c]);
  else if (in.floats)
    for (size_t r = 0; r < height; r++)
      for (size_t c = 0; c < width; c++)
        to->values[r][c] = ck_bf16_from(in.floats[start + r * in.stride + c]);
  else if (width == CK_SIDE)
    for (size_t r = 0; r < height; r++)
      memcpy(to->values[r], in.halves + start + r * in.stride, sizeof to->values[r]);
  else
    for (size_t r = 0; r < height; r++)
      memcpy(to->values[r], in.halves + start + r * in.stride, width * sizeof(uint16_t));
}

/// Rows 2p and 2p + 1 side by side, value by value: columns 0 to 15 and 16 to 31.
CK_INLINE void ck_interleave(ck_words16 *low, ck_words16 *high, const ck_block *from, int p) {
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
CK_INLINE void ck_store_line(uint16_t *to, const ck_words16 *line, bool past_caches) {
  if (past_caches)
    __builtin_nontemporal_store(*line, (ck_words16 *)to);
  else
    memcpy(to, line, sizeof *line);
}

/// Where a block's panel continues: pairs of rows of a block whose columns are the panel's.
CK_INLINE void ck_store_pairs(uint16_t *to, const ck_block *from, bool past_caches) {
  for (int p = 0; p < CK_SIDE_PAIRS; p++) {
    ck_words16 low, high;
    ck_interleave(&low, &high, from, p);
    ck_store_line(to + CK_PAIR_VALUES * p, &low, past_caches);
    ck_store_line(to + CK_PAIR_VALUES * p + CK_SIDE, &high, past_caches);
  }
}

/// The same of the transpose of 32×32 values whose rows lie `stride` apart.
CK_INLINE void ck_store_pairs_transposed(uint16_t *to, const uint16_t *from, size_t stride,
                                         bool past_caches) {
  for (int h = 0; h < 2; h++)
    for (int p = 0; p < CK_SIDE_PAIRS; p += 4) {
      ck_words16 columns[4];
      ck_transpose_words(columns, from + 16 * h * stride + 2 * p, stride);
      for (int i = 0; i < 4; i++)
        ck_store_line(to + CK_PAIR_VALUES * (p + i) + CK_SIDE * h, &columns[i], past_caches);
    }
}

/// Other threads see stores past the caches in no particular order without it.
CK_INLINE void ck_finish_stores(bool past_caches) {
#if defined(__x86_64__)
  if (past_caches) __builtin_ia32_sfence();
#endif
}

CK_INLINE bool ck_is_line_aligned(const uint16_t *pointer) { return (uintptr_t)pointer % 64 == 0; }

#endif
