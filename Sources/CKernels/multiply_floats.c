// Products of floats with a packed second factor: whole ones, and those of causal attention without
// what the mask hides.
//
// A block of attention's scores has a row for each query; row r sees the keys 0...first + r.
#include "float_tiles.h"

/// All rows of the columns `column`... of one panel, `rows_per_tile` at a time.
CK_INLINE void sum_rows(const ck_product *p, ck_causal_form form, size_t first, size_t rows,
                        size_t depth, size_t column, int rows_per_tile, int vectors) {
  size_t row = 0;
  while (row < rows) {
    size_t count = rows - row;
    // Under a mask the rows of a tile share what is hidden from the first of them, times 0: of those
    // that are left, fewer go together.
    size_t few = form == CK_SEEN_ALL ? ck_smaller(count, CK_TILE_ROWS) : count >= 4 ? 4 : 1;
    size_t tile = count >= (size_t)rows_per_tile ? (size_t)rows_per_tile : few;
    size_t last = row + tile - 1, from = 0, to = depth;
    if (form == CK_SEEN_DEPTH) to = ck_smaller(depth, first + last + 1);
    if (form == CK_SEEN_ROWS && row > first) from = ck_smaller(depth, row - first);
    if (form != CK_SEEN_COLUMNS || column <= first + last) {
      if (tile == (size_t)rows_per_tile)
        ck_sum_tile(p, row, column, from, to, rows_per_tile, vectors);
      else
        ck_sum_few_rows(p, row, column, from, to, tile, vectors);
    }
    row += tile;
  }
}

typedef void panel_function(const ck_product *p, ck_causal_form form, size_t first, size_t rows,
                            size_t depth, size_t column);

#if defined(__x86_64__)
/// 32 registers: up to 24 sums beside a row of the panel.
CK_AVX512 static void
sum_panel_avx512(const ck_product *p, ck_causal_form form, size_t first, size_t rows, size_t depth,
                 size_t column) {
  switch (p->width / CK_LANES) {
  case 4: sum_rows(p, form, first, rows, depth, column, CK_TILE_ROWS, 4); break;
  case 3: sum_rows(p, form, first, rows, depth, column, 8, 3); break;
  case 2: sum_rows(p, form, first, rows, depth, column, 12, 2); break;
  default: sum_rows(p, form, first, rows, depth, column, 12, 1);
  }
}
#endif

/// 16 registers, of which a vector takes two.
CK_DISPATCH
static void sum_panel(const ck_product *p, ck_causal_form form, size_t first, size_t rows,
                      size_t depth, size_t column) {
  for (size_t part = 0; part < p->width; part += CK_LANES)
    sum_rows(p, form, first, rows, depth, column + part, CK_TILE_ROWS, 1);
}

static panel_function *panel_function_for(bool avx512) {
#if defined(__x86_64__)
  if (avx512) return sum_panel_avx512;
#endif
  return sum_panel;
}

void ck_multiply_floats(const float *a, size_t a_stride, ck_panels b, float *out, size_t stride,
                        size_t rows, bool accumulate, bool avx512) {
  // Of so many lines of a panel's depth, all stay in a second-level cache beside some rows of a.
  enum { pass = 512 };
  panel_function *sum = panel_function_for(avx512);
  for (size_t from = 0; from < b.depth; from += pass) {
    size_t depth = ck_smaller(pass, b.depth - from);
    size_t steps = rows / CK_TILE_ROWS * (depth / CK_LANES);
    for (size_t column = 0; column < b.columns; column += CK_PANEL_FLOATS) {
      size_t width = ck_panel_width(column, b.columns);
      const float *panel = b.values + column * b.depth + from * width;
      ck_upcoming upcoming = {0};
      size_t next = column + CK_PANEL_FLOATS;
      if (next < b.columns) {
        size_t next_width = ck_panel_width(next, b.columns);
        upcoming = ck_coming(b.values + next * b.depth + from * next_width, 0, 1,
                             depth * next_width * sizeof *panel, steps);
      }
      ck_product p = {.a = a + from, .across = a_stride, .along = 1, .panel = panel,
                      .width = width, .out = out, .stride = stride, .columns = b.columns,
                      .accumulate = accumulate || from > 0, .upcoming = {&upcoming}};
      sum(&p, CK_SEEN_ALL, 0, rows, depth, column);
    }
  }
}

void ck_causal_multiply(ck_causal_form form, const float *a, size_t a_stride, ck_panels b,
                        float *out, size_t stride, size_t rows, size_t depth, size_t columns,
                        size_t first, bool accumulate, bool avx512) {
  panel_function *sum = panel_function_for(avx512);
  bool transposed = form == CK_SEEN_ROWS;
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    ck_product p = {.a = a, .across = transposed ? 1 : a_stride,
                    .along = transposed ? a_stride : 1, .panel = b.values + column * b.depth,
                    .width = ck_panel_width(column, b.columns), .out = out, .stride = stride,
                    // Rows of scores have room for whole panels.
                    .columns = form == CK_SEEN_COLUMNS ? SIZE_MAX : columns,
                    .accumulate = accumulate};
    sum(&p, form, first, rows, depth, column);
  }
}
