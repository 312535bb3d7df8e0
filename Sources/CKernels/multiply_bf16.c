// Products of bfloat16 matrices, accumulated in single precision.
//
// A is row-major. B comes packed (pack_bf16.c): panels of 32 columns, in which rows go in pairs with
// the two values of a column side by side, as dot-product instructions want them:
// panel[pair][column][0 or 1]. Panels are padded with zeros to whole steps of 32 in depth.
#include "bf16.h"
#include "upcoming.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  rows_per_block = 32,
  columns_per_block = CK_PANEL_COLUMNS,
  values_per_pair = 2 * CK_PANEL_COLUMNS,
  /// Depth of one pass over C at most, where factors are widened.
  widened_pairs = 96,
};

/// The upper left part of a block of C, `rows` × `columns` of 32×32, = or += A B over `pairs` pairs of
/// depth, a multiple of 16.
typedef void block_function(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs,
                            float *c, size_t c_stride, size_t rows, size_t columns,
                            bool accumulate);

CK_DISPATCH
static void block_portable(const uint16_t *restrict a, size_t a_stride,
                           const uint16_t *restrict panel, size_t pairs, float *restrict c,
                           size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  for (size_t r = 0; r < rows; r++) {
    float sums[columns_per_block] = {0};
    for (size_t p = 0; p < pairs; p++) {
      float first = ck_bf16_value(a[r * a_stride + 2 * p]);
      float second = ck_bf16_value(a[r * a_stride + 2 * p + 1]);
      const uint16_t *b = panel + p * values_per_pair;
      for (int i = 0; i < columns_per_block; i++)
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

/// Sums of some rows start at 0; what they will be added to is on its way meanwhile.
CK_AVX512_INLINE void begin_sums(__m512 (*sums)[2], const float *c, size_t c_stride, size_t rows) {
  for (size_t r = 0; r < rows_in_registers; r++)
    for (int h = 0; h < 2; h++) {
      sums[r][h] = _mm512_setzero_ps();
      __builtin_prefetch(c + ck_smaller(r, rows - 1) * c_stride + CK_LANES * h, 1);
    }
}

CK_AVX512_INLINE void end_sums(__m512 (*sums)[2], float *c, size_t c_stride, size_t rows,
                               size_t columns, bool accumulate) {
  uint32_t mask = columns < columns_per_block ? (1u << columns) - 1 : ~0u;
  // Unrolled, else the sums go through memory.
  CK_UNROLL for (int r = 0; r < rows_in_registers; r++)
    for (int h = 0; h < 2; h++) {
      if ((size_t)r >= rows) return;
      float *out = c + r * c_stride + CK_LANES * h;
      __mmask16 written = (__mmask16)(mask >> (CK_LANES * h));
      __m512 before = accumulate ? _mm512_maskz_loadu_ps(written, out) : _mm512_setzero_ps();
      _mm512_mask_storeu_ps(out, written, _mm512_add_ps(sums[r][h], before));
    }
}

/// Without bfloat16 instructions every value is widened to a float: A's beforehand, since each
/// meets many columns.
__attribute__((target("avx512f"))) static void
block_avx512(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
             size_t c_stride, size_t rows, size_t columns, bool accumulate) {
  float wide[rows_in_registers][2 * widened_pairs];
  for (size_t top = 0; top < rows; top += rows_in_registers) {
    __m512 sums[rows_in_registers][2];
    begin_sums(sums, c + top * c_stride, c_stride, rows - top);
    for (int r = 0; r < rows_in_registers; r++)
      for (size_t i = 0; i < 2 * pairs; i += 16) {
        __m256i halves = _mm256_loadu_si256((const __m256i *)(a + (top + r) * a_stride + i));
        _mm512_storeu_ps(wide[r] + i, widened_first(_mm512_cvtepu16_epi32(halves)));
      }
    for (size_t p = 0; p < pairs; p++) {
      __m512i left = _mm512_loadu_si512(panel + p * values_per_pair);
      __m512i right = _mm512_loadu_si512(panel + p * values_per_pair + columns_per_block);
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
    begin_sums(sums, c + top * c_stride, c_stride, rows - top);
    for (size_t p = 0; p < pairs; p++) {
      __m512i b[2] = {_mm512_loadu_si512(panel + p * values_per_pair),
                      _mm512_loadu_si512(panel + p * values_per_pair + columns_per_block)};
      for (int r = 0; r < rows_in_registers; r++) {
        __m512i pair = pair_of(a + (top + r) * a_stride + 2 * p);
        for (int h = 0; h < 2; h++)
          sums[r][h] = _mm512_dpbf16_ps(sums[r][h], (__m512bh)pair, (__m512bh)b[h]);
      }
    }
    end_sums(sums, c + top * c_stride, c_stride, rows - top, columns, accumulate);
  }
}

// Tiles: C takes four registers of 16×16 floats, A and B two each of 16 rows of 64 bytes. -----------

/// What LDTILECFG reads: all eight registers are 16 rows of 64 bytes.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_shapes;

static const tile_shapes full_tiles = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

__attribute__((target("amx-tile"))) static void begin_tiles(void) { _tile_loadconfig(&full_tiles); }
__attribute__((target("amx-tile"))) static void end_tiles(void) { _tile_release(); }

#define CK_TILE_FUNCTION __attribute__((target("amx-tile,amx-bf16"))) static void block_amx
#define CK_TILE_STATE
#define CK_TILE_ZERO(t) _tile_zero(t)
#define CK_TILE_LOAD(t, from, stride) _tile_loadd(t, from, stride)
#define CK_TILE_STORE(t, to, stride) _tile_stored(t, to, stride)
#define CK_TILE_MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#include "tile_block.h"
#endif

// The same sequence of tile instructions in plain C, so that machines without them can test it.
typedef struct {
  uint8_t bytes[16][64];
} tile;

static void tile_load(tile *t, const void *from, size_t stride) {
  for (int r = 0; r < 16; r++) memcpy(t->bytes[r], (const uint8_t *)from + r * stride, 64);
}

static void tile_store(const tile *t, void *to, size_t stride) {
  for (int r = 0; r < 16; r++) memcpy((uint8_t *)to + r * stride, t->bytes[r], 64);
}

static void tile_multiply(tile *c, const tile *a, const tile *b) {
  for (int r = 0; r < 16; r++) {
    float sums[16];
    uint16_t left[32], right[32];
    memcpy(sums, c->bytes[r], sizeof sums);
    memcpy(left, a->bytes[r], sizeof left);
    for (int p = 0; p < 16; p++) {
      memcpy(right, b->bytes[p], sizeof right);
      for (int i = 0; i < 16; i++)
        sums[i] += ck_bf16_value(left[2 * p]) * ck_bf16_value(right[2 * i]) +
                   ck_bf16_value(left[2 * p + 1]) * ck_bf16_value(right[2 * i + 1]);
    }
    memcpy(c->bytes[r], sums, sizeof sums);
  }
}

#define CK_TILE_FUNCTION static void block_tiles_in_c
#define CK_TILE_STATE tile tiles[8];
#define CK_TILE_ZERO(t) memset(&tiles[t], 0, sizeof(tile))
#define CK_TILE_LOAD(t, from, stride) tile_load(&tiles[t], from, stride)
#define CK_TILE_STORE(t, to, stride) tile_store(&tiles[t], to, stride)
#define CK_TILE_MULTIPLY(c, a, b) tile_multiply(&tiles[c], &tiles[a], &tiles[b])
#include "tile_block.h"

// Choice ------------------------------------------------------------------------------------------

/// How a path multiplies: rows of A by pairs of depth stay in the first-level cache while all panels pass
/// by, and C is read and written once for all these pairs.
typedef struct {
  block_function *block;
  size_t rows, pairs;
  /// Whether it knows whole blocks of 32×32 only.
  bool only_whole;
} kernel;

static kernel kernel_of(ck_bf16_path path) {
  switch (path) {
#if defined(__x86_64__)
  case CK_BF16_AMX: return (kernel){block_amx, 64, 96, true};
  // The longer passes win 3 to 9 % on cores whose first-level cache has 32 KiB.
  case CK_BF16_AVX512_BF16: return (kernel){block_avx512_bf16, 32, 256, false};
  case CK_BF16_AVX512: return (kernel){block_avx512, 64, widened_pairs, false};
#endif
  case CK_BF16_TILES_IN_C: return (kernel){block_tiles_in_c, 64, 96, true};
  default: return (kernel){block_portable, 64, widened_pairs, false};
  }
}

/// A block that reaches over an edge of C, by way of one that does not: for tiles.
static void edge_block(block_function *block, const uint16_t *a, size_t a_stride,
                       const uint16_t *panel, size_t pairs, float *c, size_t c_stride, size_t rows,
                       size_t columns, bool accumulate) {
  float whole[rows_per_block * columns_per_block];
  if (accumulate) {
    memset(whole, 0, sizeof whole);
    for (size_t r = 0; r < rows; r++)
      memcpy(whole + r * columns_per_block, c + r * c_stride, columns * sizeof *c);
  }
  block(a, a_stride, panel, pairs, whole, columns_per_block, rows_per_block, columns_per_block,
        accumulate);
  for (size_t r = 0; r < rows; r++)
    memcpy(c + r * c_stride, whole + r * columns_per_block, columns * sizeof *c);
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
static void multiply_rows(kernel k, const product *p, size_t top, size_t first, size_t pairs,
                          bool accumulate) {
  size_t end = ck_smaller(p->rows, top + k.rows);
  size_t blocks = (end - top + rows_per_block - 1) / rows_per_block *
                  ((p->columns + columns_per_block - 1) / columns_per_block);
  ck_upcoming upcoming =
      ck_coming(p->a + end * p->a_stride + 2 * first, p->a_stride * sizeof *p->a,
                ck_smaller(k.rows, p->rows - end), 2 * pairs * sizeof *p->a, blocks);
  for (size_t left = 0; left < p->columns; left += columns_per_block) {
    const uint16_t *panel =
        p->panels + left / columns_per_block * p->panel_stride + first * values_per_pair;
    size_t width = ck_smaller(columns_per_block, p->columns - left);
    for (size_t r = top; r < end; r += rows_per_block) {
      const uint16_t *a = p->a + r * p->a_stride + 2 * first;
      float *c = p->c + r * p->c_stride + left;
      size_t height = ck_smaller(rows_per_block, end - r);
      ck_ask_ahead(&upcoming);
      if (k.only_whole && (height < rows_per_block || width < columns_per_block))
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
  size_t passes = (pairs + k.pairs - 1) / k.pairs + (pairs == 0);
  size_t even_pass = (pairs / 16 + passes - 1) / passes * 16;
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) begin_tiles();
#endif
  for (size_t first = 0; first < pairs; first += even_pass)
    for (size_t top = 0; top < rows; top += k.rows)
      multiply_rows(k, &p, top, first, ck_smaller(even_pass, pairs - first),
                    accumulate || first > 0);
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) end_tiles();
#endif
}
