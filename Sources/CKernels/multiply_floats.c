// Products of floats with a packed second factor, whose sums stay in registers for a tile of the
// result: whole ones, and those of causal attention without what the mask hides.
//
// A block of attention's scores has a row for each query; row r sees the keys 0...first + r. Heads are
// narrow and their rows far apart, so that a library's products would gather the second factor again
// and again.
#include "CKernels.h"
#include "vector.h"

typedef float floats16 __attribute__((vector_size(64)));
#define UNROLL _Pragma("clang loop unroll(full)")
/// Without the width, vectors of 512 bits would be cut in two.
#define AVX512 __attribute__((target("arch=x86-64-v4"), __min_vector_width__(512)))

/// Columns of the panel that begins at `column`: whole vectors.
CK_INLINE size_t width_of_panel(size_t column, size_t columns) {
  return ck_smaller(ck_whole_vectors(columns - column), CK_PANEL_FLOATS);
}

CK_DISPATCH
void ck_pack_floats(float *restrict panel, const float *restrict in, size_t stride, size_t depth,
                    size_t columns) {
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    size_t width = width_of_panel(column, columns), count = ck_smaller(width, columns - column);
    for (size_t k = 0; k < depth; k++, panel += width)
      for (size_t c = 0; c < width; c++) panel[c] = c < count ? in[k * stride + column + c] : 0.0f;
  }
}

/// A part of a panel, `rows` × `columns`, from as many columns of `in` as there are; zeros beyond.
CK_INLINE void transpose_part(float *restrict panel, size_t width, const float *restrict in,
                              size_t stride, size_t rows, size_t columns, size_t count) {
  for (size_t c = 0; c < columns; c++)
    for (size_t k = 0; k < rows; k++) panel[k * width + c] = c < count ? in[c * stride + k] : 0.0f;
}

CK_DISPATCH
static void transpose_plain(float *restrict panel, size_t width, const float *restrict in,
                            size_t stride, size_t depth, size_t count) {
  transpose_part(panel, width, in, stride, depth, width, count);
}

#if defined(__x86_64__)
// Sixteen rows of sixteen are transposed in four steps: of each pair of rows `step` apart, what lies
// `step` columns apart changes places.
#define UPPER(i, step) (i & step ? CK_LANES + i - step : i)
#define LOWER(i, step) (i & step ? CK_LANES + i : i + step)
#define LANES(of, step)                                                                        \
  of(0, step), of(1, step), of(2, step), of(3, step), of(4, step), of(5, step), of(6, step),   \
    of(7, step), of(8, step), of(9, step), of(10, step), of(11, step), of(12, step),           \
    of(13, step), of(14, step), of(15, step)
#define SWAP(step)                                                                             \
  UNROLL for (int r = 0; r < CK_LANES; r++) if (!(r & step)) {                              \
    floats16 upper = rows[r], lower = rows[r + step];                                          \
    rows[r] = __builtin_shufflevector(upper, lower, LANES(UPPER, step));                       \
    rows[r + step] = __builtin_shufflevector(upper, lower, LANES(LOWER, step));                \
  }

AVX512 static void transpose_avx512(float *restrict panel, size_t width, const float *restrict in,
                                    size_t stride, size_t depth, size_t count) {
  for (size_t c = 0; c < width; c += CK_LANES) {
    size_t k = 0;
    for (; k + CK_LANES <= depth && c + CK_LANES <= count; k += CK_LANES) {
      floats16 rows[CK_LANES];
      UNROLL for (int r = 0; r < CK_LANES; r++)
        memcpy(&rows[r], in + (c + r) * stride + k, sizeof rows[r]);
      SWAP(8)
      SWAP(4)
      SWAP(2)
      SWAP(1)
      UNROLL for (int r = 0; r < CK_LANES; r++)
        memcpy(panel + (k + r) * width + c, &rows[r], sizeof rows[r]);
    }
    transpose_part(panel + k * width + c, width, in + c * stride + k, stride, depth - k, CK_LANES,
                   count > c ? count - c : 0);
  }
}
#endif

void ck_pack_floats_transposed(float *panel, const float *in, size_t stride, size_t depth,
                               size_t columns, bool avx512) {
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    size_t width = width_of_panel(column, columns), count = ck_smaller(width, columns - column);
    const float *from = in + column * stride;
#if defined(__x86_64__)
    if (avx512) transpose_avx512(panel, width, from, stride, depth, count);
    else
#endif
      transpose_plain(panel, width, from, stride, depth, count);
    panel += depth * width;
  }
}

/// A product's factors and result. The first factor is a[row * across + k * along].
typedef struct {
  const float *a;
  size_t across, along;
  const float *panel;
  size_t width;
  float *out;
  size_t stride, columns;
  bool accumulate;
  /// Distance in a of what is read some tiles later, and asked for in time; 0 for nothing.
  size_t ahead;
} product;

/// `rows` × 16 · `vectors` sums over `from`..<`to`, both constants.
CK_INLINE void sum_tile(const product *p, size_t row, size_t column, size_t from, size_t to,
                        int rows, int vectors) {
  enum { most = 12 };
  floats16 sums[most][4], values[4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (floats16){0};
  const float *a = p->a + row * p->across + from * p->along;
  const float *b = p->panel + from * p->width + column % CK_PANEL_FLOATS;
  size_t across = p->across;
  for (size_t k = from; k < to; k++, a += p->along, b += p->width) {
    if (p->ahead) __builtin_prefetch(a + p->ahead);
    UNROLL for (int v = 0; v < vectors; v++)
      memcpy(&values[v], b + v * CK_LANES, sizeof values[v]);
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += a[r * across] * values[v];
  }
  size_t count = p->columns - column;
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) {
      float *out = p->out + (row + r) * p->stride + column + v * CK_LANES;
      if (count >= (size_t)(v + 1) * CK_LANES) {
        memcpy(&values[v], out, sizeof values[v]);
        sums[r][v] = p->accumulate ? sums[r][v] + values[v] : sums[r][v];
        memcpy(out, &sums[r][v], sizeof sums[r][v]);
      } else {
        for (size_t i = 0; v * CK_LANES + i < count; i++)
          out[i] = (p->accumulate ? out[i] : 0.0f) + sums[r][v][i];
      }
    }
}

/// All rows of the columns `column`... of one panel, `rows_per_tile` at a time.
CK_INLINE void sum_rows(const product *p, ck_causal_form form, size_t first, size_t rows,
                        size_t depth, size_t column, int rows_per_tile, int vectors) {
  size_t row = 0;
  while (row < rows) {
    size_t count = rows - row;
    int tile = count >= (size_t)rows_per_tile ? rows_per_tile : count >= 4 ? 4 : 1;
    size_t last = row + tile - 1, from = 0, to = depth;
    if (form == CK_SEEN_DEPTH) to = ck_smaller(depth, first + last + 1);
    if (form == CK_SEEN_ROWS && row > first) from = ck_smaller(depth, row - first);
    if (form != CK_SEEN_COLUMNS || column <= first + last) {
      if (tile == rows_per_tile) sum_tile(p, row, column, from, to, rows_per_tile, vectors);
      else if (tile == 4) sum_tile(p, row, column, from, to, 4, vectors);
      else sum_tile(p, row, column, from, to, 1, vectors);
    }
    row += tile;
  }
}

typedef void panel_function(const product *p, ck_causal_form form, size_t first, size_t rows,
                            size_t depth, size_t column);

#if defined(__x86_64__)
/// 32 registers: up to 24 sums beside a row of the panel.
AVX512 static void
sum_panel_avx512(const product *p, ck_causal_form form, size_t first, size_t rows, size_t depth,
                 size_t column) {
  switch (p->width / CK_LANES) {
  case 4: sum_rows(p, form, first, rows, depth, column, 6, 4); break;
  case 3: sum_rows(p, form, first, rows, depth, column, 8, 3); break;
  case 2: sum_rows(p, form, first, rows, depth, column, 12, 2); break;
  default: sum_rows(p, form, first, rows, depth, column, 12, 1);
  }
}
#endif

/// 16 registers, of which a vector takes two.
CK_DISPATCH
static void sum_panel(const product *p, ck_causal_form form, size_t first, size_t rows,
                      size_t depth, size_t column) {
  for (size_t part = 0; part < p->width; part += CK_LANES)
    sum_rows(p, form, first, rows, depth, column + part, 6, 1);
}

static panel_function *panel_function_for(bool avx512) {
#if defined(__x86_64__)
  if (avx512) return sum_panel_avx512;
#endif
  return sum_panel;
}

void ck_multiply_floats(const float *a, size_t a_stride, bool transposed, ck_panels b, float *out,
                        size_t stride, size_t rows, bool accumulate, bool avx512) {
  // Of a transposed factor, rows of this many lie in the first-level cache together with a panel.
  enum { transposed_pass = 96 };
  panel_function *sum = panel_function_for(avx512);
  size_t pass = transposed ? transposed_pass : b.depth;
  for (size_t from = 0; from < b.depth; from += pass)
    for (size_t column = 0; column < b.columns; column += CK_PANEL_FLOATS) {
      size_t width = width_of_panel(column, b.columns);
      product p = {transposed ? a + from * a_stride : a + from,
                   transposed ? 1 : a_stride,
                   transposed ? a_stride : 1,
                   b.values + column * b.depth + from * width,
                   width,
                   out,
                   stride,
                   b.columns,
                   accumulate || from > 0,
                   transposed && column == 0 ? 2 * CK_LANES : 0};
      sum(&p, CK_SEEN_ALL, 0, rows, ck_smaller(pass, b.depth - from), column);
    }
}

void ck_causal_multiply(ck_causal_form form, const float *a, size_t a_stride, ck_panels b,
                        float *out, size_t stride, size_t rows, size_t depth, size_t columns,
                        size_t first, bool accumulate, bool avx512) {
  panel_function *sum = panel_function_for(avx512);
  bool transposed = form == CK_SEEN_ROWS;
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    product p = {a, transposed ? 1 : a_stride, transposed ? a_stride : 1,
                 b.values + column * b.depth, width_of_panel(column, b.columns), out, stride,
                 form == CK_SEEN_COLUMNS ? SIZE_MAX : columns, accumulate, 0};
    sum(&p, form, first, rows, depth, column);
  }
}
