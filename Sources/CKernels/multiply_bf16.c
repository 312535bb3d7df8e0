// Products of bfloat16 matrices, accumulated in single precision.
//
// A is row-major. B comes packed (pack_bf16.c): panels of 32 columns, in which rows go in pairs with
// the two values of a column side by side, as dot-product instructions want them:
// panel[pair][column][0 or 1]. Panels are padded with zeros to whole steps of 32 in depth.
#include "bf16_kernel.h"
#include "upcoming.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Depth of one pass over C at most where 64 rows of A, 24 KiB, are to stay in a first-level cache of 48
/// KiB while all panels pass by, of each of which 12 KiB are read twice.
enum { short_pass_pairs = 96 };

CK_DISPATCH
static void block_portable(const uint16_t *restrict a, size_t a_stride,
                           const uint16_t *restrict panel, size_t pairs, float *restrict c,
                           size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  for (size_t r = 0; r < rows; r++) {
    float sums[CK_BLOCK_COLUMNS] = {0};
    for (size_t p = 0; p < pairs; p++) {
      float first = ck_bf16_value(a[r * a_stride + 2 * p]);
      float second = ck_bf16_value(a[r * a_stride + 2 * p + 1]);
      const uint16_t *b = panel + p * CK_PAIR_VALUES;
      for (int i = 0; i < CK_BLOCK_COLUMNS; i++)
        sums[i] += first * ck_bf16_value(b[2 * i]) + second * ck_bf16_value(b[2 * i + 1]);
    }
    for (size_t i = 0; i < columns; i++) {
      float *out = c + r * c_stride + i;
      *out = accumulate ? *out + sums[i] : sums[i];
    }
  }
}

#if defined(__x86_64__)

/// Rows whose sums fill the registers together with what is being multiplied.
enum { rows_in_registers = 8 };

#define CK_AVX512_INLINE CK_INLINE __attribute__((target("avx512f")))

CK_AVX512_INLINE __m512i pair_of(const uint16_t *a) {
  int32_t both;
  memcpy(&both, a, sizeof both);
  return _mm512_set1_epi32(both);
}

CK_AVX512_INLINE __m512 widened_first(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
}

CK_AVX512_INLINE __m512 widened_second(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000u)));
}

/// Sums of some rows start at 0; what they will be added to, if anything, is on its way meanwhile.
CK_AVX512_INLINE void begin_sums(__m512 (*sums)[2], const float *c, size_t c_stride, size_t rows,
                                 bool accumulate) {
  for (int r = 0; r < rows_in_registers; r++)
    for (int h = 0; h < 2; h++) sums[r][h] = _mm512_setzero_ps();
  for (size_t r = 0; accumulate && r < ck_smaller(rows, rows_in_registers); r++)
    for (int h = 0; h < 2; h++) __builtin_prefetch(c + r * c_stride + CK_LANES * h);
}

CK_AVX512_INLINE void end_sums(__m512 (*sums)[2], float *c, size_t c_stride, size_t rows,
                               size_t columns, bool accumulate) {
  // Unrolled, else the sums go through memory.
  CK_UNROLL for (int r = 0; r < rows_in_registers; r++)
    for (int h = 0; h < 2; h++) {
      if ((size_t)r >= rows) return;
      float *out = c + r * c_stride + CK_LANES * h;
      __mmask16 written = ck_column_mask(columns, h);
      __m512 before = accumulate ? _mm512_maskz_loadu_ps(written, out) : _mm512_setzero_ps();
      _mm512_mask_storeu_ps(out, written, _mm512_add_ps(sums[r][h], before));
    }
}

/// Without bfloat16 instructions every value is widened to a float: A's beforehand, since each
/// meets many columns.
__attribute__((target("avx512f"))) static void
block_avx512(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
             size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  float wide[rows_in_registers][2 * short_pass_pairs];
  for (size_t top = 0; top < rows; top += rows_in_registers) {
    __m512 sums[rows_in_registers][2];
    begin_sums(sums, c + top * c_stride, c_stride, rows - top, accumulate);
    for (int r = 0; r < rows_in_registers; r++)
      for (size_t i = 0; i < 2 * pairs; i += 16) {
        __m256i halves = _mm256_loadu_si256((const __m256i *)(a + (top + r) * a_stride + i));
        _mm512_storeu_ps(wide[r] + i, widened_first(_mm512_cvtepu16_epi32(halves)));
      }
    for (size_t p = 0; p < pairs; p++) {
      __m512i left = _mm512_loadu_si512(panel + p * CK_PAIR_VALUES);
      __m512i right = _mm512_loadu_si512(panel + p * CK_PAIR_VALUES + CK_BLOCK_COLUMNS);
      __m512 b[2][2] = {{widened_first(left), widened_first(right)},
                        {widened_second(left), widened_second(right)}};
      for (int r = 0; r < rows_in_registers; r++) {
        __m512 first = _mm512_set1_ps(wide[r][2 * p]), second = _mm512_set1_ps(wide[r][2 * p + 1]);
        for (int h = 0; h < 2; h++) {
          sums[r][h] = _mm512_fmadd_ps(first, b[0][h], sums[r][h]);
          sums[r][h] = _mm512_fmadd_ps(second, b[1][h], sums[r][h]);
        }
      }
    }
    end_sums(sums, c + top * c_stride, c_stride, rows - top, columns, accumulate);
  }
}

/// With the dot product of bfloat16 pairs.
__attribute__((target("avx512f,avx512bf16"))) static void
block_avx512_bf16(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
                  size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  for (size_t top = 0; top < rows; top += rows_in_registers) {
    __m512 sums[rows_in_registers][2];
    begin_sums(sums, c + top * c_stride, c_stride, rows - top, accumulate);
    for (size_t p = 0; p < pairs; p++) {
      __m512i b[2] = {_mm512_loadu_si512(panel + p * CK_PAIR_VALUES),
                      _mm512_loadu_si512(panel + p * CK_PAIR_VALUES + CK_BLOCK_COLUMNS)};
      for (int r = 0; r < rows_in_registers; r++) {
        __m512i pair = pair_of(a + (top + r) * a_stride + 2 * p);
        for (int h = 0; h < 2; h++)
          sums[r][h] = _mm512_dpbf16_ps(sums[r][h], (__m512bh)pair, (__m512bh)b[h]);
      }
    }
    end_sums(sums, c + top * c_stride, c_stride, rows - top, columns, accumulate);
  }
}

#endif

/// How a path multiplies: so many rows of A meet all panels over so many pairs of depth, before the next.
typedef struct {
  ck_block_function *block;
  size_t rows_per_pass, pairs_per_pass;
  /// Whether it knows whole blocks only.
  bool only_whole;
} kernel;

static kernel kernel_of(ck_bf16_path path) {
  switch (path) {
  case CK_BF16_PORTABLE: return (kernel){block_portable, 64, short_pass_pairs, false};
  case CK_BF16_TILES_IN_C: return (kernel){ck_block_tiles_in_c, 64, short_pass_pairs, true};
#if defined(__x86_64__)
  case CK_BF16_AMX: return (kernel){ck_block_amx, 64, short_pass_pairs, true};
  case CK_BF16_AVX512: return (kernel){block_avx512, 64, short_pass_pairs, false};
  // Factors come from the second-level cache, but C passes by less often: measured on Zen 4, 3 to 9 %
  // less time than by short passes.
  case CK_BF16_AVX512_BF16: return (kernel){block_avx512_bf16, 32, 256, false};
#endif
  // Others read other panels.
  default: __builtin_trap();
  }
}

/// A block that reaches over an edge of C, by way of one that does not.
static void edge_block(ck_block_function *block, const uint16_t *a, size_t a_stride,
                       const uint16_t *panel, size_t pairs, float *c, size_t c_stride, size_t rows,
                       size_t columns, bool accumulate) {
  float whole[CK_BLOCK_ROWS * CK_BLOCK_COLUMNS] = {0};
  for (size_t r = 0; r < rows && accumulate; r++)
    memcpy(whole + r * CK_BLOCK_COLUMNS, c + r * c_stride, columns * sizeof *c);
  block(a, a_stride, panel, pairs, whole, CK_BLOCK_COLUMNS, CK_BLOCK_ROWS, CK_BLOCK_COLUMNS,
        accumulate);
  for (size_t r = 0; r < rows; r++)
    memcpy(c + r * c_stride, whole + r * CK_BLOCK_COLUMNS, columns * sizeof *c);
}

typedef struct {
  size_t rows, columns;
  const uint16_t *a, *panels;
  size_t a_stride, panel_stride;
  float *c;
  size_t c_stride;
} product;

/// Some rows from `top` on, over `pairs` pairs of depth from `first` on; rows that come next are asked
/// for meanwhile.
static void multiply_pass(kernel k, const product *p, size_t top, size_t first, size_t pairs,
                          bool accumulate) {
  size_t end = ck_smaller(p->rows, top + k.rows_per_pass);
  size_t blocks = (end - top + CK_BLOCK_ROWS - 1) / CK_BLOCK_ROWS *
                  ((p->columns + CK_BLOCK_COLUMNS - 1) / CK_BLOCK_COLUMNS);
  ck_upcoming upcoming =
      ck_coming(p->a + end * p->a_stride + 2 * first, p->a_stride * sizeof *p->a,
                ck_smaller(k.rows_per_pass, p->rows - end), 2 * pairs * sizeof *p->a, blocks);
  for (size_t left = 0; left < p->columns; left += CK_BLOCK_COLUMNS) {
    const uint16_t *panel =
        p->panels + left / CK_BLOCK_COLUMNS * p->panel_stride + first * CK_PAIR_VALUES;
    size_t width = ck_smaller(CK_BLOCK_COLUMNS, p->columns - left);
    for (size_t r = top; r < end; r += CK_BLOCK_ROWS) {
      const uint16_t *a = p->a + r * p->a_stride + 2 * first;
      float *c = p->c + r * p->c_stride + left;
      size_t height = ck_smaller(CK_BLOCK_ROWS, end - r);
      ck_ask_ahead(&upcoming);
      if (k.only_whole && (height < CK_BLOCK_ROWS || width < CK_BLOCK_COLUMNS))
        edge_block(k.block, a, p->a_stride, panel, pairs, c, p->c_stride, height, width,
                   accumulate);
      else
        k.block(a, p->a_stride, panel, pairs, c, p->c_stride, height, width, accumulate);
    }
  }
}

void ck_multiply_bf16(ck_bf16_path path, size_t rows, size_t columns, size_t depth,
                      const uint16_t *a, size_t a_stride, const uint16_t *panels,
                      size_t panel_stride, float *c, size_t c_stride, bool accumulate) {
  kernel k = kernel_of(path);
  product p = {rows, columns, a, panels, a_stride, panel_stride, c, c_stride};
  size_t pairs = ck_panel_pairs(depth);
  size_t passes = (pairs + k.pairs_per_pass - 1) / k.pairs_per_pass;
  size_t even_pass = (pairs / 16 + passes - 1) / passes * 16;
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) ck_begin_tiles();
#endif
  for (size_t first = 0; first < pairs; first += even_pass)
    for (size_t top = 0; top < rows; top += k.rows_per_pass)
      multiply_pass(k, &p, top, first, ck_smaller(even_pass, pairs - first),
                    accumulate || first > 0);
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) ck_end_tiles();
#endif
}
