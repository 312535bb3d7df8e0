// Products of bfloat16 matrices, accumulated in single precision.
//
// A is row-major. B comes packed (pack_bf16.c): panels of 32 columns, in which rows go in pairs with
// the two values of a column side by side, as dot-product instructions want them:
// panel[pair][column][0 or 1]. Panels are padded with zeros to whole steps of 32 in depth, so the
// kernels know full blocks of 32×32 only; edges of C go through a block on the stack.
#include "CKernels.h"
#include "bf16.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  rows_per_block = 32,
  columns_per_block = CK_PANEL_COLUMNS,
  values_per_pair = 2 * CK_PANEL_COLUMNS,
  // Depth of one pass over C at most, and rows of A that stay in the first-level cache, 24 KiB, while
  // all panels pass by, of each of which 12 KiB are read twice.
  pairs_per_pass = 96,
  rows_per_pass = 64,
};

/// C, 32×32, = or += A B over `pairs` pairs of depth, a multiple of 16.
typedef void block_function(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs,
                            float *c, size_t c_stride, bool accumulate);

CK_DISPATCH
static void block_portable(const uint16_t *restrict a, size_t a_stride,
                           const uint16_t *restrict panel, size_t pairs, float *restrict c,
                           size_t c_stride, bool accumulate) {
  for (int r = 0; r < rows_per_block; r++) {
    float sums[columns_per_block] = {0};
    if (accumulate) memcpy(sums, c + r * c_stride, sizeof sums);
    for (size_t p = 0; p < pairs; p++) {
      float first = ck_bf16_value(a[r * a_stride + 2 * p]);
      float second = ck_bf16_value(a[r * a_stride + 2 * p + 1]);
      const uint16_t *b = panel + p * values_per_pair;
      for (int i = 0; i < columns_per_block; i++)
        sums[i] += first * ck_bf16_value(b[2 * i]) + second * ck_bf16_value(b[2 * i + 1]);
    }
    memcpy(c + r * c_stride, sums, sizeof sums);
  }
}

#if defined(__x86_64__)

/// Rows whose sums fill the registers together with what is being multiplied.
enum { rows_in_registers = 8 };

CK_INLINE __attribute__((target("avx512f"))) __m512i pair_of(const uint16_t *a) {
  int32_t both;
  memcpy(&both, a, sizeof both);
  return _mm512_set1_epi32(both);
}

CK_INLINE __attribute__((target("avx512f"))) __m512 widened_first(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
}

CK_INLINE __attribute__((target("avx512f"))) __m512 widened_second(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000u)));
}

/// Without bfloat16 instructions every value is widened to a float: A's beforehand, since each
/// meets many columns.
__attribute__((target("avx512f"))) static void
block_avx512(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
             size_t c_stride, bool accumulate) {
  float wide[rows_in_registers][2 * pairs_per_pass];
  for (int top = 0; top < rows_per_block; top += rows_in_registers) {
    __m512 sums[rows_in_registers][2];
    for (int r = 0; r < rows_in_registers; r++) {
      for (size_t i = 0; i < 2 * pairs; i += 16) {
        __m256i halves = _mm256_loadu_si256((const __m256i *)(a + (top + r) * a_stride + i));
        _mm512_storeu_ps(wide[r] + i, widened_first(_mm512_cvtepu16_epi32(halves)));
      }
      for (int h = 0; h < 2; h++)
        sums[r][h] = accumulate ? _mm512_loadu_ps(c + (top + r) * c_stride + 16 * h)
                                : _mm512_setzero_ps();
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
    for (int r = 0; r < rows_in_registers; r++)
      for (int h = 0; h < 2; h++)
        _mm512_storeu_ps(c + (top + r) * c_stride + 16 * h, sums[r][h]);
  }
}

/// With the dot product of bfloat16 pairs.
__attribute__((target("avx512f,avx512bf16"))) static void
block_avx512_bf16(const uint16_t *a, size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
                  size_t c_stride, bool accumulate) {
  for (int top = 0; top < rows_per_block; top += rows_in_registers) {
    __m512 sums[rows_in_registers][2];
    for (int r = 0; r < rows_in_registers; r++)
      for (int h = 0; h < 2; h++)
        sums[r][h] = accumulate ? _mm512_loadu_ps(c + (top + r) * c_stride + 16 * h)
                                : _mm512_setzero_ps();
    for (size_t p = 0; p < pairs; p++) {
      __m512i b[2] = {_mm512_loadu_si512(panel + p * values_per_pair),
                      _mm512_loadu_si512(panel + p * values_per_pair + columns_per_block)};
      for (int r = 0; r < rows_in_registers; r++) {
        __m512i pair = pair_of(a + (top + r) * a_stride + 2 * p);
        for (int h = 0; h < 2; h++)
          sums[r][h] = _mm512_dpbf16_ps(sums[r][h], (__m512bh)pair, (__m512bh)b[h]);
      }
    }
    for (int r = 0; r < rows_in_registers; r++)
      for (int h = 0; h < 2; h++)
        _mm512_storeu_ps(c + (top + r) * c_stride + 16 * h, sums[r][h]);
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

static block_function *block_of(ck_bf16_path path) {
  switch (path) {
#if defined(__x86_64__)
  case CK_BF16_AMX: return block_amx;
  case CK_BF16_AVX512_BF16: return block_avx512_bf16;
  case CK_BF16_AVX512: return block_avx512;
#endif
  case CK_BF16_TILES_IN_C: return block_tiles_in_c;
  default: return block_portable;
  }
}

/// A block that reaches over an edge of C.
static void edge_block(block_function *block, size_t rows, size_t columns, const uint16_t *a,
                       size_t a_stride, const uint16_t *panel, size_t pairs, float *c,
                       size_t c_stride, bool accumulate) {
  float whole[rows_per_block * columns_per_block];
  if (accumulate) {
    memset(whole, 0, sizeof whole);
    for (size_t r = 0; r < rows; r++)
      memcpy(whole + r * columns_per_block, c + r * c_stride, columns * sizeof *c);
  }
  block(a, a_stride, panel, pairs, whole, columns_per_block, accumulate);
  for (size_t r = 0; r < rows; r++)
    memcpy(c + r * c_stride, whole + r * columns_per_block, columns * sizeof *c);
}

void ck_multiply_bf16(ck_bf16_path path, size_t rows, size_t columns, size_t depth,
                      const uint16_t *a, size_t a_stride, const uint16_t *panels,
                      size_t panel_stride, float *c, size_t c_stride, bool accumulate) {
  block_function *block = block_of(path);
  size_t pairs = ck_panel_pairs(depth);
  size_t passes = (pairs + pairs_per_pass - 1) / pairs_per_pass + (pairs == 0);
  size_t even_pass = (pairs / 16 + passes - 1) / passes * 16;
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) begin_tiles();
#endif
  for (size_t first_pair = 0; first_pair < pairs; first_pair += even_pass) {
    size_t pass = ck_smaller(even_pass, pairs - first_pair);
    bool adds = accumulate || first_pair > 0;
    for (size_t top = 0; top < rows; top += rows_per_pass)
      for (size_t left = 0; left < columns; left += columns_per_block) {
        const uint16_t *panel =
            panels + left / columns_per_block * panel_stride + first_pair * values_per_pair;
        size_t width = ck_smaller(columns_per_block, columns - left);
        for (size_t r = top; r < ck_smaller(rows, top + rows_per_pass); r += rows_per_block) {
          const uint16_t *own = a + r * a_stride + 2 * first_pair;
          float *to = c + r * c_stride + left;
          size_t height = ck_smaller(rows_per_block, rows - r);
          if (height == rows_per_block && width == columns_per_block)
            block(own, a_stride, panel, pass, to, c_stride, adds);
          else
            edge_block(block, height, width, own, a_stride, panel, pass, to, c_stride, adds);
        }
      }
  }
#if defined(__x86_64__)
  if (path == CK_BF16_AMX) end_tiles();
#endif
}
