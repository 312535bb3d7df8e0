// Packing of a product's second factor in the order in which tiles of the result read it.
#include "float_tiles.h"

CK_DISPATCH
void ck_pack_floats(float *restrict panel, const float *restrict in, size_t stride, size_t depth,
                    size_t columns) {
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    size_t width = ck_panel_width(column, columns), count = ck_smaller(width, columns - column);
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
  CK_UNROLL for (int r = 0; r < CK_LANES; r++) if (!(r & step)) {                              \
    ck_floats16 upper = rows[r], lower = rows[r + step];                                       \
    rows[r] = __builtin_shufflevector(upper, lower, LANES(UPPER, step));                       \
    rows[r + step] = __builtin_shufflevector(upper, lower, LANES(LOWER, step));                \
  }

CK_AVX512 static void transpose_avx512(float *restrict panel, size_t width,
                                       const float *restrict in, size_t stride, size_t depth,
                                       size_t count) {
  for (size_t c = 0; c < width; c += CK_LANES) {
    size_t k = 0;
    for (; k + CK_LANES <= depth && c + CK_LANES <= count; k += CK_LANES) {
      ck_floats16 rows[CK_LANES];
      CK_UNROLL for (int r = 0; r < CK_LANES; r++)
        memcpy(&rows[r], in + (c + r) * stride + k, sizeof rows[r]);
      SWAP(8)
      SWAP(4)
      SWAP(2)
      SWAP(1)
      CK_UNROLL for (int r = 0; r < CK_LANES; r++)
        memcpy(panel + (k + r) * width + c, &rows[r], sizeof rows[r]);
    }
    transpose_part(panel + k * width + c, width, in + c * stride + k, stride, depth - k, CK_LANES,
                   count - c);
  }
}
#endif

void ck_pack_floats_transposed(float *panel, const float *in, size_t stride, size_t depth,
                               size_t columns, bool avx512) {
  for (size_t column = 0; column < columns; column += CK_PANEL_FLOATS) {
    size_t width = ck_panel_width(column, columns), count = ck_smaller(width, columns - column);
    const float *from = in + column * stride;
#if defined(__x86_64__)
    if (avx512) transpose_avx512(panel, width, from, stride, depth, count);
    else
#endif
      transpose_plain(panel, width, from, stride, depth, count);
    panel += depth * width;
  }
}
