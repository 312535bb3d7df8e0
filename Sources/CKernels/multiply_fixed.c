// Products of bfloat16 matrices by dot products of 16-bit integers (fixed_point.h).
//
// The second factor comes packed as fixed point (pack_fixed.c): every stretch of a panel begins with the
// scales of its 32 columns. Rows of the first one are converted here, some at a time, and meet all
// panels before the next.
#include "fixed_rows.h"
#include "upcoming.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  /// Converted, they stay in the first-level cache.
  rows_per_pass = CK_FIXED_ROWS,
  /// Rows whose sums fill the registers together with what is being multiplied.
  rows_per_block = 8,
  /// A panel comes from the second-level cache, which answers later than any CPU looks ahead.
  pairs_ahead = 16,
};

CK_DISPATCH
static void fix_rows(ck_fixed_rows to, const uint16_t *in, size_t stride, const float *factors,
                     size_t rows, size_t count) {
  if (factors)
    ck_fix_rows(to, in, stride, factors, rows, count, rows_per_block);
  else
    ck_fix_rows(to, in, stride, NULL, rows, count, rows_per_block);
}

/// The upper left part of a block of C, `rows` × `columns`, = or += A B over `pairs` pairs of one
/// stretch. Sums of integers are exact, are multiplied by A's scale and enter C by one fused operation, so
/// that all of these give the same bits. (The product of two scales could be too small for a float.)
typedef void block_function(const uint16_t *a, const float *a_scales, const uint16_t *panel,
                            size_t pairs, float *c, size_t c_stride, size_t rows, size_t columns,
                            bool accumulate);

CK_DISPATCH
static void block_in_c(const uint16_t *restrict a, const float *restrict a_scales,
                       const uint16_t *restrict panel, size_t pairs, float *restrict c,
                       size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  const uint16_t *values = panel + CK_PAIR_VALUES;
  float scales[CK_PANEL_COLUMNS];
  memcpy(scales, panel, sizeof scales);
  for (size_t r = 0; r < rows; r++) {
    // Unsigned, since integers that stand for no numbers may overflow.
    uint32_t sums[CK_PANEL_COLUMNS] = {0};
    for (size_t p = 0; p < pairs; p++) {
      int32_t first = (int16_t)a[r * CK_STRETCH + 2 * p];
      int32_t second = (int16_t)a[r * CK_STRETCH + 2 * p + 1];
      const uint16_t *b = values + p * CK_PAIR_VALUES;
      for (int i = 0; i < CK_PANEL_COLUMNS; i++)
        sums[i] += (uint32_t)(first * (int16_t)b[2 * i]) + (uint32_t)(second * (int16_t)b[2 * i + 1]);
    }
    for (size_t i = 0; i < columns; i++) {
      float *out = c + r * c_stride + i;
      *out = __builtin_fmaf((float)(int32_t)sums[i] * a_scales[r], scales[i],
                            accumulate ? *out : 0);
    }
  }
}

#if defined(__x86_64__)
CK_INLINE int32_t pair_at(const uint16_t *a) {
  int32_t both;
  memcpy(&both, a, sizeof both);
  return both;
}

__attribute__((target("avx512f,avx512vnni"))) static void
block_avx512_vnni(const uint16_t *a, const float *a_scales, const uint16_t *panel, size_t pairs,
                  float *c, size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  __m512i sums[rows_per_block][2];
  for (int r = 0; r < rows_per_block; r++)
    for (int h = 0; h < 2; h++) {
      sums[r][h] = _mm512_setzero_si512();
      __builtin_prefetch(c + ck_smaller(r, rows - 1) * c_stride + CK_LANES * h);
    }
  const uint16_t *values = panel + CK_PAIR_VALUES;
  for (size_t p = 0; p < pairs; p++) {
    __m512i b[2] = {_mm512_loadu_si512(values + p * CK_PAIR_VALUES),
                    _mm512_loadu_si512(values + p * CK_PAIR_VALUES + CK_PANEL_COLUMNS)};
    for (int h = 0; h < 2; h++)
      __builtin_prefetch(values + (p + pairs_ahead) * CK_PAIR_VALUES + CK_PANEL_COLUMNS * h);
    for (int r = 0; r < rows_per_block; r++) {
      __m512i pair = _mm512_set1_epi32(pair_at(a + r * CK_STRETCH + 2 * p));
      for (int h = 0; h < 2; h++) sums[r][h] = _mm512_dpwssd_epi32(sums[r][h], pair, b[h]);
    }
  }
  __m512 scales[2] = {_mm512_loadu_ps(panel), _mm512_loadu_ps(panel + CK_PANEL_COLUMNS)};
  // Unrolled, else the sums go through memory.
  CK_UNROLL for (int r = 0; r < rows_per_block; r++)
    for (int h = 0; h < 2; h++) {
      if ((size_t)r >= rows) return;
      float *out = c + r * c_stride + CK_LANES * h;
      __mmask16 written = ck_column_mask(columns, h);
      __m512 sum = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[r][h]), _mm512_set1_ps(a_scales[r]));
      __m512 before = accumulate ? _mm512_maskz_loadu_ps(written, out) : _mm512_setzero_ps();
      _mm512_mask_storeu_ps(out, written, _mm512_fmadd_ps(sum, scales[h], before));
    }
}

// The same in halves of the registers, with one instruction for a dot product or with two.
#define CK_FIXED_FUNCTION __attribute__((target("avx2,fma,avxvnni"))) static void block_avx_vnni
#define CK_FIXED_DOT(sum, a, b) _mm256_dpwssd_avx_epi32(sum, a, b)
#include "fixed_block.h"

#define CK_FIXED_FUNCTION __attribute__((target("avx2,fma"))) static void block_avx2
#define CK_FIXED_DOT(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#include "fixed_block.h"
#endif

static block_function *block_of(ck_bf16_path path) {
  switch (path) {
#if defined(__x86_64__)
  case CK_BF16_AVX512_VNNI: return block_avx512_vnni;
  case CK_BF16_AVX_VNNI: return block_avx_vnni;
  case CK_BF16_AVX2_INTEGERS: return block_avx2;
#endif
  case CK_BF16_FIXED_IN_C: return block_in_c;
  // Others read other panels.
  default: __builtin_trap();
  }
}

/// Rows top..<top + height of a stretch that begins at `first`, and of the one that comes after it.
typedef struct {
  size_t top, first, height, count;
} stretch_place;

static stretch_place place_at(size_t top, size_t first, size_t rows, size_t depth) {
  return (stretch_place){top, first, top < rows ? ck_smaller(rows_per_pass, rows - top) : 0,
                         ck_smaller(CK_STRETCH, depth - first)};
}

static stretch_place place_after(stretch_place p, size_t rows, size_t depth) {
  size_t next = p.first + CK_STRETCH;
  return next < depth ? place_at(p.top, next, rows, depth)
                      : place_at(p.top + rows_per_pass, 0, rows, depth);
}

void ck_multiply_fixed(ck_bf16_path path, size_t rows, size_t columns, size_t depth,
                       const uint16_t *a, size_t a_stride, const float *depth_factors,
                       const uint16_t *panels, size_t panel_stride, float *c, size_t c_stride,
                       bool accumulate) {
  block_function *block = block_of(path);
  _Alignas(64) uint16_t values[rows_per_pass * CK_STRETCH];
  float scales[rows_per_pass];
  stretch_place p = place_at(0, 0, rows, depth), next;
  for (; p.height; p = next) {
    next = place_after(p, rows, depth);
    fix_rows((ck_fixed_rows){values, scales}, a + p.top * a_stride + p.first, a_stride,
             depth_factors ? depth_factors + p.first : NULL, p.height, p.count);
    size_t blocks = (p.height + rows_per_block - 1) / rows_per_block *
                    ((columns + CK_PANEL_COLUMNS - 1) / CK_PANEL_COLUMNS);
    ck_upcoming upcoming = ck_coming(a + next.top * a_stride + next.first, a_stride * sizeof *a,
                                     next.height, next.count * sizeof *a, blocks);
    for (size_t left = 0; left < columns; left += CK_PANEL_COLUMNS) {
      const uint16_t *panel = panels + left / CK_PANEL_COLUMNS * panel_stride +
                              p.first / CK_STRETCH * CK_STRETCH_VALUES;
      for (size_t r = 0; r < p.height; r += rows_per_block) {
        ck_ask_ahead(&upcoming);
        block(values + r * CK_STRETCH, scales + r, panel, ck_panel_pairs(p.count),
              c + (p.top + r) * c_stride + left, c_stride,
              ck_smaller(rows_per_block, p.height - r),
              ck_smaller(CK_PANEL_COLUMNS, columns - left), accumulate || p.first > 0);
      }
    }
  }
}
