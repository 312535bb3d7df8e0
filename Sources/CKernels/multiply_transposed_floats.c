// Products of floats whose first factor is read transposed, such as gradients of weights.
//
// Both factors are as deep as the batch has tokens and are read once only: the product goes through
// them in blocks, which are packed beside it while the next ones are on their way from memory.
// Goto, van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
#include "float_tiles.h"

enum {
  block_depth = 192,
  /// Of a block of both factors and of the result a second-level cache of 1 MiB has room for all.
  block_rows = 96,
  block_columns = 384,
  tile_rows = 6,
  /// Up to so many columns of the result, packing its rows' factor takes longer than it saves.
  unpacked_columns = 256,
  /// Distance of a packed tile's lines: a half vector.
  tile_pitch = 8,
  packed_rows_count = block_depth * block_rows / tile_rows * tile_pitch,
};
_Static_assert(packed_rows_count + block_depth * block_columns <= CK_TRANSPOSED_SCRATCH,
               "the scratch holds a block of both factors");

/// Tiles of six rows of aᵀ; line k of each is a half vector.
CK_DISPATCH
static void pack_tiles(float *restrict tiles, const float *restrict a, size_t stride, size_t rows,
                       size_t depth) {
  size_t pitch = depth * tile_pitch;
  for (size_t k = 0; k < depth; k++, a += stride, tiles += tile_pitch) {
    float *out = tiles;
    size_t row = 0;
    for (; row + tile_pitch <= rows; row += tile_rows, out += pitch)
      memcpy(out, a + row, tile_pitch * sizeof *out);
    for (; row < rows; row += tile_rows, out += pitch)
      for (size_t i = 0; i < tile_rows; i++) out[i] = row + i < rows ? a[row + i] : 0.0f;
  }
}

/// out += the tiles times the panels. `p` tells of the first tile; the others lie `tile_distance` apart.
CK_INLINE void sum_tiles(ck_product p, size_t tile_distance, const float *panels, size_t rows,
                         size_t depth, bool avx512) {
  const float *tiles = p.a;
  float *out = p.out;
  for (size_t column = 0; column < p.columns; column += CK_PANEL_FLOATS) {
    p.panel = panels + column * depth;
    p.width = ck_panel_width(column, p.columns);
    for (size_t row = 0; row < rows; row += tile_rows) {
      size_t count = ck_smaller(tile_rows, rows - row);
      p.out = out + row * p.stride;
      p.a = tiles + row / tile_rows * tile_distance;
      if (avx512 && p.width == CK_PANEL_FLOATS)
        ck_sum_few_rows(&p, 0, column, 0, depth, count, CK_PANEL_FLOATS / CK_LANES);
      else
        for (size_t part = column; part < column + p.width; part += CK_LANES)
          ck_sum_few_rows(&p, 0, part, 0, depth, count, 1);
    }
  }
}

typedef void tiles_function(const ck_product *p, size_t tile_distance, const float *panels,
                            size_t rows, size_t depth);

#if defined(__x86_64__)
CK_AVX512 static void sum_tiles_avx512(const ck_product *p, size_t tile_distance,
                                       const float *panels, size_t rows, size_t depth) {
  sum_tiles(*p, tile_distance, panels, rows, depth, true);
}
#endif

CK_DISPATCH
static void sum_tiles_plain(const ck_product *p, size_t tile_distance, const float *panels,
                            size_t rows, size_t depth) {
  sum_tiles(*p, tile_distance, panels, rows, depth, false);
}

static tiles_function *tiles_function_for(bool avx512) {
#if defined(__x86_64__)
  if (avx512) return sum_tiles_avx512;
#endif
  return sum_tiles_plain;
}

/// Of a whole product.
typedef struct {
  size_t rows, columns, a_stride;
} shape;

/// out = or += aᵀ b for a block of the depth and of the columns, whose part of b is packed.
static void multiply_block(const float *a, const float *panels, ck_product p, shape whole,
                           size_t lines, size_t later, ck_upcoming *upcoming_b, size_t steps,
                           float *tiles, bool avx512) {
  bool packs = whole.columns > unpacked_columns;
  tiles_function *sum = tiles_function_for(avx512);
  float *out = p.out;
  for (size_t row = 0; row < whole.rows; row += block_rows) {
    size_t count = ck_smaller(block_rows, whole.rows - row), next = row + block_rows;
    bool is_last = next >= whole.rows;
    ck_upcoming upcoming_a =
      is_last ? ck_coming(a + lines * whole.a_stride, whole.a_stride, later,
                          ck_smaller(block_rows, whole.rows), steps)
              : ck_coming(a + next, whole.a_stride, lines,
                          ck_smaller(block_rows, whole.rows - next), steps);
    if (packs) pack_tiles(tiles, a + row, whole.a_stride, count, lines);
    p.a = packs ? tiles : a + row;
    p.along = packs ? tile_pitch : whole.a_stride;
    p.out = out + row * p.stride;
    p.upcoming[0] = &upcoming_a;
    p.upcoming[1] = upcoming_b;
    sum(&p, packs ? lines * tile_pitch : tile_rows, panels, count, lines);
  }
}

void ck_multiply_transposed_floats(const float *a, size_t a_stride, const float *b,
                                   size_t b_stride, float *out, size_t stride, size_t rows,
                                   size_t depth, size_t columns, bool accumulate, float *scratch,
                                   bool avx512) {
  float *tiles = scratch, *panels = scratch + packed_rows_count;
  shape whole = {rows, columns, a_stride};
  size_t row_blocks = (rows + block_rows - 1) / block_rows;
  for (size_t column = 0; column < columns; column += block_columns) {
    size_t width = ck_smaller(block_columns, columns - column);
    for (size_t from = 0; from < depth; from += block_depth) {
      size_t lines = ck_smaller(block_depth, depth - from), end = from + lines;
      size_t later = ck_smaller(block_depth, depth - end);
      // What it takes to sum the tiles of a block of rows.
      size_t steps = (width + CK_PANEL_FLOATS - 1) / CK_PANEL_FLOATS * (lines / CK_LANES) *
                     (ck_smaller(block_rows, rows) / tile_rows);
      ck_pack_floats(panels, b + from * b_stride + column, b_stride, lines, width);
      ck_upcoming upcoming_b =
        ck_coming(b + end * b_stride + column, b_stride, later, width, steps * row_blocks);
      ck_product p = {.across = 1, .out = out + column, .stride = stride, .columns = width,
                      .accumulate = accumulate || from > 0};
      multiply_block(a + from * a_stride, panels, p, whole, lines, later, &upcoming_b, steps,
                     tiles, avx512);
    }
  }
}
