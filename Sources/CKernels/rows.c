// What head and attention do to rows besides their products.
#include "CKernels.h"
#include "bf16.h"
#include "vector.h"

CK_DISPATCH
void ck_row_maxima(float *restrict out, const float *restrict in, size_t stride, size_t rows,
                   size_t width, bool keep_larger) {
  for (size_t r = 0; r < rows; r++) {
    float largest = ck_row_maximum(in + r * stride, width);
    out[r] = keep_larger ? ck_larger(largest, out[r]) : largest;
  }
}

CK_DISPATCH
void ck_exponentials_bf16(uint16_t *restrict out, size_t out_stride, const float *restrict in,
                          size_t stride, size_t rows, size_t width,
                          const float *restrict references, float *restrict sums,
                          size_t sums_stride) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = in + r * stride;
    uint16_t *kept = out ? out + r * out_stride : 0;
    float reference = ck_log2_e * references[r], lanes[CK_LANES] = {0};
    size_t c = 0;
    if (kept)
      for (; c + CK_LANES <= width; c += CK_LANES)
        for (int i = 0; i < CK_LANES; i++) {
          float e = ck_exp2(ck_log2_e * x[c + i] - reference);
          kept[c + i] = ck_bf16_near(e);
          lanes[i] += e;
        }
    else
      for (; c + CK_LANES <= width; c += CK_LANES)
        for (int i = 0; i < CK_LANES; i++) lanes[i] += ck_exp2(ck_log2_e * x[c + i] - reference);
    float sum = ck_sum_lanes(lanes);
    for (; c < width; c++) {
      float e = ck_exp2(ck_log2_e * x[c] - reference);
      if (kept) kept[c] = ck_bf16_near(e);
      sum += e;
    }
    sums[r * sums_stride] = sum;
  }
}

CK_DISPATCH
void ck_exponentials(float *restrict out, size_t out_stride, const float *restrict in,
                     size_t stride, size_t rows, size_t width, const float *restrict references,
                     float *restrict sums, size_t sums_stride) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = in + r * stride;
    float *y = out + r * out_stride;
    float lanes[CK_LANES] = {0};
    size_t c = 0;
    for (; c + CK_LANES <= width; c += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) {
        float e = ck_exp(x[c + i] - references[r]);
        y[c + i] = e;
        lanes[i] += e;
      }
    float sum = ck_sum_lanes(lanes);
    for (; c < width; c++) {
      y[c] = ck_exp(x[c] - references[r]);
      sum += y[c];
    }
    sums[r * sums_stride] = sum;
  }
}

CK_DISPATCH
void ck_add_scaled(float *restrict out, const float *restrict in, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] += factor * in[i];
}

CK_DISPATCH
void ck_add_scaled_bf16(float *restrict out, const uint16_t *restrict in, float factor,
                        size_t count) {
  for (size_t i = 0; i < count; i++) out[i] += factor * ck_bf16_value(in[i]);
}

CK_DISPATCH
void ck_scale_rows(float *restrict out, size_t out_stride, const float *restrict in,
                   size_t in_stride, size_t rows, size_t width, const float *restrict factors) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++)
      out[r * out_stride + c] = factors[r] * in[r * in_stride + c];
}

CK_DISPATCH
void ck_round_scaled_rows(uint16_t *restrict out, size_t out_stride, const float *restrict in,
                          size_t in_stride, size_t rows, size_t width,
                          const float *restrict factors) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++)
      out[r * out_stride + c] = ck_bf16_from(factors[r] * in[r * in_stride + c]);
}

CK_DISPATCH
void ck_scale_rows_bf16(uint16_t *restrict out, size_t out_stride, const uint16_t *restrict in,
                        size_t in_stride, size_t rows, size_t width,
                        const float *restrict factors) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++)
      out[r * out_stride + c] = ck_bf16_from(factors[r] * ck_bf16_value(in[r * in_stride + c]));
}

CK_DISPATCH
void ck_add_weighted_sums_bf16(float *restrict out, const uint16_t *restrict in, size_t stride,
                               size_t rows, size_t width, const float *restrict weights) {
  for (size_t r = 0; r < rows; r++) {
    const uint16_t *x = in + r * stride;
    float lanes[CK_LANES] = {0};
    size_t c = 0;
    for (; c + CK_LANES <= width; c += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) lanes[i] += weights[c + i] * ck_bf16_value(x[c + i]);
    float sum = ck_sum_lanes(lanes);
    for (; c < width; c++) sum += weights[c] * ck_bf16_value(x[c]);
    out[r] += sum;
  }
}

CK_DISPATCH
void ck_combine_rows(float *restrict out, const float *restrict parts, size_t part_count,
                     size_t part_stride, const float *restrict factors,
                     const float *restrict other, const float *restrict other_factors,
                     const int32_t *restrict others, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    float *y = out + r * width;
    memcpy(y, parts + r * width, width * sizeof *y);
    for (size_t p = 1; p < part_count; p++) {
      const float *x = parts + p * part_stride + r * width;
      for (size_t c = 0; c < width; c++) y[c] += x[c];
    }
    for (size_t c = 0; c < width; c++) y[c] *= factors[r];
    if (others[r] < 0) continue;
    const float *z = other + (size_t)others[r] * width;
    for (size_t c = 0; c < width; c++) y[c] += other_factors[r] * z[c];
  }
}
