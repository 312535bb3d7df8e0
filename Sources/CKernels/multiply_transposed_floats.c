// Products of floats whose first factor is read transposed, such as gradients of weights.
//
// Both factors are as deep as the batch has tokens and hardly used twice: b is read once, a once for
// every 384 columns. The product goes through them in blocks, which are packed beside it while the next
// ones are on their way from memory.
// Goto, van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
#include "float_tiles.h"

enum {
  block_depth = 192,
  /// A second-level cache of 1 MiB has room for a block of both factors and of the result.
  block_rows = 96,
  block_columns = 384,
  /// Up to so many columns of the result, packing its rows' factor takes longer than it saves.
  unpacked_columns = 256,
  /// Distance of a packed tile's lines: a half vector.
  tile_pitch = 8,
  packed_rows_count = block_depth * block_rows / CK_TILE_ROWS * tile_pitch,
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
    for (; row + tile_pitch <= rows; row += CK_TILE_ROWS, out += pitch)
      memcpy(out, a + row, tile_pitch * sizeof *out);
    for (; row < rows; row += CK_TILE_ROWS, out += pitch)
      for (size_t i = 0; i < CK_TILE_ROWS; i++) out[i] = row + i < rows ? a[row + i] : 0.0f;
  }
}

/// Some lines of packed panels, which have `depth` lines.
typedef struct {
  const float *values;
  size_t depth, from;
} lines_of_panels;

/// out += the tiles times the panels. `p` tells of the first tile; the others lie `tile_distance` apart.
CK_INLINE void sum_tiles(ck_product p, size_t tile_distance, lines_of_panels panels, size_t rows,
                         size_t depth, bool avx512) {
  const float *tiles = p.a;
  float *out = p.out;
  for (size_t column = 0; column < p.columns; column += CK_PANEL_FLOATS) {
    p.width = ck_panel_width(column, p.columns);
    p.panel = panels.values + column * panels.depth + panels.from * p.width;
    for (size_t row = 0; row < rows; row += CK_TILE_ROWS) {
      size_t count = ck_smaller(CK_TILE_ROWS, rows - row);
      p.out = out + row * p.stride;
      p.a = tiles + row / CK_TILE_ROWS * tile_distance;
      if (avx512 && p.width == CK_PANEL_FLOATS)
        ck_sum_few_rows(&p, 0, column, 0, depth, count, CK_PANEL_FLOATS / CK_LANES);
      else
        for (size_t part = column; part < column + p.width; part += CK_LANES)
          ck_sum_few_rows(&p, 0, part, 0, depth, count, 1);
    }
  }
}

typedef void tiles_function(const ck_product *p, size_t tile_distance, lines_of_panels panels,
                            size_t rows, size_t depth);

#if defined(__x86_64__)
CK_AVX512 static void sum_tiles_avx512(const ck_product *p, size_t tile_distance,
                                       lines_of_panels panels, size_t rows, size_t depth) {
  sum_tiles(*p, tile_distance, panels, rows, depth, true);
}
#endif

CK_DISPATCH
static void sum_tiles_plain(const ck_product *p, size_t tile_distance, lines_of_panels panels,
                            size_t rows, size_t depth) {
  sum_tiles(*p, tile_distance, panels, rows, depth, false);
}

static tiles_function *tiles_function_for(bool avx512) {
#if defined(__x86_64__)
  if (avx512) return sum_tiles_avx512;
#endif
  return sum_tiles_plain;
}

/// A product, or the columns of it that are computed at a time.
typedef struct {
  const float *a;
  size_t a_stride, rows, depth;
  /// How much of the depth is done at a time, and where that begins.
  size_t from, lines;
  float *tiles;
  bool avx512;
} transposed_product;

/// What of the depth is left after the lines at hand, as much of it as is done next.
static size_t next_lines(const transposed_product *t) {
  return ck_smaller(block_depth, t->depth - t->from - t->lines);
}

/// What it takes to sum all tiles of a block of rows.
static size_t steps_of_block(const transposed_product *t, size_t columns) {
  return (columns + CK_PANEL_FLOATS - 1) / CK_PANEL_FLOATS * (t->lines / CK_LANES) *
         (ck_smaller(block_rows, t->rows) / CK_TILE_ROWS);
}

/// Adds to the result in `p` what the lines at hand contribute.
static void multiply_lines(const transposed_product *t, lines_of_panels panels, ck_product p,
                           ck_upcoming *upcoming_b) {
  bool packs = p.columns > unpacked_columns;
  tiles_function *sum = tiles_function_for(t->avx512);
  size_t steps = steps_of_block(t, p.columns);
  const float *a = t->a + t->from * t->a_stride;
  float *out = p.out;
  for (size_t row = 0; row < t->rows; row += block_rows) {
    size_t count = ck_smaller(block_rows, t->rows - row), next = row + block_rows;
    size_t stride = t->a_stride * sizeof *a;
    ck_upcoming upcoming_a =
      next < t->rows
        ? ck_coming(a + next, stride, t->lines,
                    ck_smaller(block_rows, t->rows - next) * sizeof *a, steps)
        : ck_coming(a + t->lines * t->a_stride, stride, next_lines(t),
                    ck_smaller(block_rows, t->rows) * sizeof *a, steps);
    if (packs) pack_tiles(t->tiles, a + row, t->a_stride, count, t->lines);
    p.a = packs ? t->tiles : a + row;
    p.along = packs ? tile_pitch : t->a_stride;
    p.out = out + row * p.stride;
    p.upcoming[0] = &upcoming_a;
    p.upcoming[1] = upcoming_b;
    sum(&p, packs ? t->lines * tile_pitch : CK_TILE_ROWS, panels, count, t->lines);
  }
}

void ck_multiply_transposed_floats(const float *a, size_t a_stride, const float *b,
                                   size_t b_stride, float *out, size_t stride, size_t rows,
                                   size_t depth, size_t columns, bool accumulate, float *scratch,
                                   bool avx512) {
  transposed_product t = {a, a_stride, rows, depth, 0, 0, scratch, avx512};
  float *panels = scratch + packed_rows_count;
  size_t row_blocks = (rows + block_rows - 1) / block_rows;
  for (size_t column = 0; column < columns; column += block_columns) {
    size_t width = ck_smaller(block_columns, columns - column);
    for (t.from = 0; t.from < depth; t.from += t.lines) {
      t.lines = ck_smaller(block_depth, depth - t.from);
      const float *block = b + t.from * b_stride + column;
      ck_pack_floats(panels, block, b_stride, t.lines, width);
      ck_upcoming upcoming =
        ck_coming(block + t.lines * b_stride, b_stride * sizeof *b, next_lines(&t),
                  width * sizeof *b, steps_of_block(&t, width) * row_blocks);
      ck_product p = {.across = 1, .out = out + column, .stride = stride, .columns = width,
                      .accumulate = accumulate || t.from > 0};
      multiply_lines(&t, (lines_of_panels){panels, t.lines, 0}, p, &upcoming);
    }
  }
}

void ck_multiply_transposed_panels(const float *a, size_t a_stride, ck_panels b, float *out,
                                   size_t stride, size_t rows, bool accumulate, float *scratch,
                                   bool avx512) {
  transposed_product t = {a, a_stride, rows, b.depth, 0, 0, scratch, avx512};
  for (t.from = 0; t.from < b.depth; t.from += t.lines) {
    t.lines = ck_smaller(block_depth, b.depth - t.from);
    ck_product p = {.across = 1, .out = out, .stride = stride, .columns = b.columns,
                    .accumulate = accumulate || t.from > 0};
    multiply_lines(&t, (lines_of_panels){b.values, b.depth, t.from}, p, 0);
  }
}
