// Tiles of products of floats: some rows and columns of the result, whose sums stay in registers while
// the depth of both factors passes by.
//
// Every sum goes through the depth in order, and is cut where its product says and nowhere else. So
// rows may be cut anywhere, and columns at whole panels, without changing a bit of the result.
#ifndef CKERNELS_FLOAT_TILES_H
#define CKERNELS_FLOAT_TILES_H
#include "upcoming.h"
#include "vector.h"

/// Without the width, vectors of 512 bits would be cut in two.
#define CK_AVX512 __attribute__((target("arch=x86-64-v4"), __min_vector_width__(512)))

/// Columns of the panel that begins at `column`: whole vectors.
CK_INLINE size_t ck_panel_width(size_t column, size_t columns) {
  return ck_smaller(ck_whole_vectors(columns - column), CK_PANEL_FLOATS);
}

/// A product's factors and result. The first factor is a[row * across + k * along].
typedef struct {
  const float *a;
  size_t across, along;
  const float *panel;
  /// Columns of the panel, whole vectors.
  size_t width;
  float *out;
  /// Columns that may be written, counted from `out`.
  size_t stride, columns;
  bool accumulate;
  /// What is asked for meanwhile, or null.
  ck_upcoming *upcoming[2];
} ck_product;

/// `rows` × 16 · `vectors` sums over `from`..<`to`, both counts constants.
CK_INLINE void ck_sum_tile(const ck_product *p, size_t row, size_t column, size_t from, size_t to,
                           int rows, int vectors) {
  enum { most = 12, asked_at_once = 2 };
  ck_floats16 sums[most][4], values[4];
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (ck_floats16){0};
  const float *a = p->a + row * p->across + from * p->along;
  const float *b = p->panel + from * p->width + column % CK_PANEL_FLOATS;
  float *first = p->out + row * p->stride + column;
  size_t across = p->across;
  int asked = 0;
  for (size_t k = from; k < to;) {
    for (int i = 0; i < asked_at_once && asked < rows * vectors; i++, asked++)
      __builtin_prefetch(first + asked / vectors * p->stride + asked % vectors * CK_LANES, 1);
    if (p->upcoming[0]) ck_ask_ahead(p->upcoming[0]);
    if (p->upcoming[1]) ck_ask_ahead(p->upcoming[1]);
    for (size_t end = ck_smaller(to, k + CK_LANES); k < end; k++, a += p->along, b += p->width) {
      CK_UNROLL for (int v = 0; v < vectors; v++)
        memcpy(&values[v], b + v * CK_LANES, sizeof values[v]);
      CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += a[r * across] * values[v];
    }
  }
  size_t count = p->columns - column;
  CK_UNROLL for (int r = 0; r < rows; r++)
    CK_UNROLL for (int v = 0; v < vectors; v++) {
      float *out = first + r * p->stride + v * CK_LANES;
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

/// The same for up to CK_TILE_ROWS rows, whose number is no constant.
CK_INLINE void ck_sum_few_rows(const ck_product *p, size_t row, size_t column, size_t from,
                               size_t to, size_t rows, int vectors) {
  switch (rows) {
  case 6: ck_sum_tile(p, row, column, from, to, 6, vectors); break;
  case 5: ck_sum_tile(p, row, column, from, to, 5, vectors); break;
  case 4: ck_sum_tile(p, row, column, from, to, 4, vectors); break;
  case 3: ck_sum_tile(p, row, column, from, to, 3, vectors); break;
  case 2: ck_sum_tile(p, row, column, from, to, 2, vectors); break;
  case 1: ck_sum_tile(p, row, column, from, to, 1, vectors); break;
  }
}

#endif
