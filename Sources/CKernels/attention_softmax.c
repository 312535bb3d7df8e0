// Softmax of attention's scores under the causal mask, and its gradient, for both precisions of
// products.
#include "CKernels.h"
#include "bf16.h"
#include "vector.h"
#include <float.h>

/// The largest of the first `seen` values of a row that has room for whole vectors.
CK_INLINE float seen_maximum(const float *x, size_t seen) {
  float lanes[CK_LANES];
  size_t last = (seen - 1) / CK_LANES * CK_LANES;
  for (int i = 0; i < CK_LANES; i++) lanes[i] = -FLT_MAX;
  for (size_t c = 0; c < last; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_larger(x[c + i], lanes[i]);
  for (int i = 0; i < CK_LANES; i++)
    lanes[i] = ck_larger(last + i < seen ? x[last + i] : -FLT_MAX, lanes[i]);
  return ck_max_lanes(lanes);
}

/// Replaces them by exp(scale * x - shift), what follows in the last vector by 0, and returns the
/// sum.
CK_INLINE float exponentiate_seen(float *x, size_t seen, float scale, float shift) {
  float lanes[CK_LANES] = {0};
  size_t last = (seen - 1) / CK_LANES * CK_LANES;
  for (size_t c = 0; c < last; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) {
      float e = ck_exp(scale * x[c + i] - shift);
      x[c + i] = e;
      lanes[i] += e;
    }
  for (int i = 0; i < CK_LANES; i++) {
    float e = ck_exp(scale * x[last + i] - shift);
    e = last + i < seen ? e : 0.0f;
    x[last + i] = e;
    lanes[i] += e;
  }
  return ck_sum_lanes(lanes);
}

CK_DISPATCH
void ck_attention_softmax(float *scores, size_t stride, size_t rows, size_t columns,
                          size_t first_query, float scale, float *log_sum,
                          const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    float *x = scores + r * stride;
    size_t seen = first_query + r + 1, end = ck_whole_vectors(seen);
    float shift = scale * seen_maximum(x, seen);
    float sum = exponentiate_seen(x, seen, scale, shift);
    log_sum[r] = shift + logf(sum);
    float inverse = 1.0f / sum;
    if (mask) {
      uint64_t key = ck_row_key(mask->key, mask->first_row + first_query + r);
      uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), threshold = mask->threshold;
      float kept = inverse * mask->scale;
      for (size_t c = 0; c < end; c++)
        x[c] *= ck_random_bits(low, high, (uint32_t)c) < threshold ? 0.0f : kept;
    } else {
      for (size_t c = 0; c < end; c++) x[c] *= inverse;
    }
    if (end < columns) memset(x + end, 0, (columns - end) * sizeof *x);
  }
}

CK_DISPATCH
void ck_attention_softmax_backward(float *restrict scores, float *restrict d_weights,
                                   size_t stride, size_t rows, size_t columns, size_t first_query,
                                   float scale, const float *restrict log_sum,
                                   const float *restrict delta, const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    float *x = scores + r * stride, *d = d_weights + r * stride;
    size_t seen = first_query + r + 1, end = ck_whole_vectors(seen);
    float shift = log_sum[r], average = delta[r];
    if (mask) {
      uint64_t key = ck_row_key(mask->key, mask->first_row + first_query + r);
      uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), threshold = mask->threshold;
      float kept = mask->scale;
      for (size_t c = 0; c < end; c++) {
        float weight = c < seen ? ck_exp(scale * x[c] - shift) : 0.0f;
        float factor = ck_random_bits(low, high, (uint32_t)c) < threshold ? 0.0f : kept;
        x[c] = weight * factor;
        d[c] = c < seen ? weight * (factor * d[c] - average) * scale : 0.0f;
      }
    } else {
      for (size_t c = 0; c < end; c++) {
        float weight = c < seen ? ck_exp(scale * x[c] - shift) : 0.0f;
        x[c] = weight;
        d[c] = c < seen ? weight * (d[c] - average) * scale : 0.0f;
      }
    }
    if (end < columns) {
      memset(x + end, 0, (columns - end) * sizeof *x);
      memset(d + end, 0, (columns - end) * sizeof *d);
    }
  }
}

/// What a dropped weight is multiplied by: 0, or the inverse of the probability to be kept.
typedef struct {
  uint32_t low, high, threshold;
  float kept;
} row_dropout;

CK_INLINE row_dropout dropout_of(const ck_dropout *mask, size_t query) {
  uint64_t key = ck_row_key(mask->key, mask->first_row + query);
  return (row_dropout){(uint32_t)key, (uint32_t)(key >> 32), mask->threshold, mask->scale};
}

CK_INLINE float dropout_factor(row_dropout d, size_t column) {
  return ck_random_bits(d.low, d.high, (uint32_t)column) < d.threshold ? 0.0f : d.kept;
}

// Compilers do not split loops as long as those below by themselves: constant arguments of inlined
// functions do it, `dropped` for dropout and `whole` for vectors that are seen as a whole.

CK_INLINE void round_weights(uint16_t *w, const float *x, size_t c, size_t seen, float scale,
                             float shift, float *lanes, bool whole, bool dropped,
                             row_dropout dropout) {
  for (int i = 0; i < CK_LANES; i++) {
    float e = ck_exp2(scale * x[c + i] - shift);
    e = whole || c + i < seen ? e : 0.0f;
    lanes[i] += e;
    w[c + i] = ck_bf16_near(dropped ? e * dropout_factor(dropout, c + i) : e);
  }
}

/// Rounds the dropped exponentials of a row; returns the sum of all of them.
CK_INLINE float round_row(uint16_t *w, const float *x, size_t seen, float scale, float shift,
                          bool dropped, row_dropout dropout) {
  float lanes[CK_LANES] = {0};
  size_t last = (seen - 1) / CK_LANES * CK_LANES;
  for (size_t c = 0; c < last; c += CK_LANES)
    round_weights(w, x, c, seen, scale, shift, lanes, true, dropped, dropout);
  round_weights(w, x, last, seen, scale, shift, lanes, false, dropped, dropout);
  return ck_sum_lanes(lanes);
}

CK_DISPATCH
void ck_attention_weights_bf16(uint16_t *restrict weights, size_t weight_stride,
                               const float *restrict scores, size_t stride, size_t rows,
                               size_t columns, size_t first_query, float scale,
                               float *restrict log_sum, float *restrict inverse_sum,
                               const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = scores + r * stride;
    uint16_t *w = weights + r * weight_stride;
    size_t seen = first_query + r + 1, end = ck_whole_vectors(seen);
    float shift = scale * seen_maximum(x, seen), sum;
    float power = ck_log2_e * scale, power_shift = ck_log2_e * shift;
    if (mask)
      sum = round_row(w, x, seen, power, power_shift, true, dropout_of(mask, first_query + r));
    else
      sum = round_row(w, x, seen, power, power_shift, false, (row_dropout){0});
    if (end < columns) memset(w + end, 0, (columns - end) * sizeof *w);
    log_sum[r] = shift + logf(sum);
    inverse_sum[r] = 1.0f / sum;
  }
}

/// One row's constants of the gradient; its weights are 2^(power x - shift).
typedef struct {
  float scale, power, shift, average;
} row_gradient;

CK_INLINE void round_gradients(uint16_t *w, uint16_t *dx, const float *x, const float *d, size_t c,
                               size_t seen, row_gradient row, bool whole, bool dropped,
                               row_dropout dropout) {
  for (int i = 0; i < CK_LANES; i++) {
    float weight = ck_exp2(row.power * x[c + i] - row.shift);
    weight = whole || c + i < seen ? weight : 0.0f;
    float factor = dropped ? dropout_factor(dropout, c + i) : 1.0f;
    float gradient = weight * (factor * d[c + i] - row.average) * row.scale;
    w[c + i] = ck_bf16_near(weight * factor);
    dx[c + i] = ck_bf16_near(whole || c + i < seen ? gradient : 0.0f);
  }
}

CK_INLINE void round_gradient_row(uint16_t *w, uint16_t *dx, const float *x, const float *d,
                                  size_t seen, row_gradient row, bool dropped,
                                  row_dropout dropout) {
  size_t last = (seen - 1) / CK_LANES * CK_LANES;
  for (size_t c = 0; c < last; c += CK_LANES)
    round_gradients(w, dx, x, d, c, seen, row, true, dropped, dropout);
  round_gradients(w, dx, x, d, last, seen, row, false, dropped, dropout);
}

CK_DISPATCH
void ck_attention_gradient_bf16(uint16_t *restrict weights, uint16_t *restrict d_scores,
                                size_t weight_stride, const float *restrict scores,
                                const float *restrict d_weights, size_t stride, size_t rows,
                                size_t columns, size_t first_query, float scale,
                                const float *restrict log_sum, const float *restrict delta,
                                const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = scores + r * stride, *d = d_weights + r * stride;
    uint16_t *w = weights + r * weight_stride, *dx = d_scores + r * weight_stride;
    size_t seen = first_query + r + 1, end = ck_whole_vectors(seen);
    row_gradient row = {scale, ck_log2_e * scale, ck_log2_e * log_sum[r], delta[r]};
    if (mask)
      round_gradient_row(w, dx, x, d, seen, row, true, dropout_of(mask, first_query + r));
    else
      round_gradient_row(w, dx, x, d, seen, row, false, (row_dropout){0});
    if (end < columns) {
      memset(w + end, 0, (columns - end) * sizeof *w);
      memset(dx + end, 0, (columns - end) * sizeof *dx);
    }
  }
}
