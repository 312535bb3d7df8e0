// Softmax over rows: attention weights under the causal mask, and the loss over the vocabulary.
#include "CKernels.h"
#include "bf16.h"
#include "vector.h"

/// The largest of `count` values.
CK_INLINE float row_maximum(const float *x, size_t count) {
  float lanes[CK_LANES];
  for (int i = 0; i < CK_LANES; i++) lanes[i] = x[0];
  size_t c = 0;
  for (; c + CK_LANES <= count; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) lanes[i] = x[c + i] > lanes[i] ? x[c + i] : lanes[i];
  float best = ck_max_lanes(lanes);
  for (; c < count; c++) best = x[c] > best ? x[c] : best;
  return best;
}

/// Replaces x by exp(scale * x - shift) and returns the sum.
CK_INLINE float exponentiate(float *x, size_t count, float scale, float shift) {
  float lanes[CK_LANES] = {0};
  size_t c = 0;
  for (; c + CK_LANES <= count; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) {
      float e = ck_exp(scale * x[c + i] - shift);
      x[c + i] = e;
      lanes[i] += e;
    }
  float sum = ck_sum_lanes(lanes);
  for (; c < count; c++) {
    x[c] = ck_exp(scale * x[c] - shift);
    sum += x[c];
  }
  return sum;
}

CK_DISPATCH
void ck_attention_softmax(float *scores, size_t stride, size_t rows, size_t columns,
                          size_t first_query, float scale, float *log_sum,
                          const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    float *x = scores + r * stride;
    size_t seen = first_query + r + 1;
    float shift = scale * row_maximum(x, seen);
    float sum = exponentiate(x, seen, scale, shift);
    log_sum[r] = shift + logf(sum);
    float inverse = 1.0f / sum;
    if (mask) {
      uint64_t key = ck_row_key(mask->key, mask->first_row + first_query + r);
      uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), threshold = mask->threshold;
      float kept = inverse * mask->scale;
      for (size_t c = 0; c < seen; c++)
        x[c] *= ck_random_bits(low, high, (uint32_t)c) < threshold ? 0.0f : kept;
    } else {
      for (size_t c = 0; c < seen; c++) x[c] *= inverse;
    }
    memset(x + seen, 0, (columns - seen) * sizeof *x);
  }
}

CK_DISPATCH
void ck_attention_softmax_backward(float *restrict scores, float *restrict d_weights,
                                   size_t stride, size_t rows, size_t columns, size_t first_query,
                                   float scale, const float *restrict log_sum,
                                   const float *restrict delta, const ck_dropout *mask) {
  for (size_t r = 0; r < rows; r++) {
    float *x = scores + r * stride, *d = d_weights + r * stride;
    size_t seen = first_query + r + 1;
    float shift = log_sum[r], average = delta[r];
    if (mask) {
      uint64_t key = ck_row_key(mask->key, mask->first_row + first_query + r);
      uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), threshold = mask->threshold;
      float kept = mask->scale;
      for (size_t c = 0; c < seen; c++) {
        float weight = ck_exp(scale * x[c] - shift);
        float factor = ck_random_bits(low, high, (uint32_t)c) < threshold ? 0.0f : kept;
        x[c] = weight * factor;
        d[c] = weight * (factor * d[c] - average) * scale;
      }
    } else {
      for (size_t c = 0; c < seen; c++) {
        float weight = ck_exp(scale * x[c] - shift);
        x[c] = weight;
        d[c] = weight * (d[c] - average) * scale;
      }
    }
    memset(x + seen, 0, (columns - seen) * sizeof *x);
    memset(d + seen, 0, (columns - seen) * sizeof *d);
  }
}

CK_DISPATCH
float ck_cross_entropy(const float *logits, size_t count, size_t target) {
  float maximum = row_maximum(logits, count);
  float lanes[CK_LANES] = {0};
  size_t c = 0;
  for (; c + CK_LANES <= count; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) lanes[i] += ck_exp(logits[c + i] - maximum);
  float sum = ck_sum_lanes(lanes);
  for (; c < count; c++) sum += ck_exp(logits[c] - maximum);
  return maximum + logf(sum) - logits[target];
}

CK_DISPATCH
float ck_cross_entropy_backward(float *logits, size_t count, size_t target) {
  float maximum = row_maximum(logits, count);
  float of_target = logits[target];
  float sum = exponentiate(logits, count, 1.0f, maximum);
  float inverse = 1.0f / sum;
  for (size_t c = 0; c < count; c++) logits[c] *= inverse;
  logits[target] -= 1.0f;
  return maximum + logf(sum) - of_target;
}

CK_DISPATCH
void ck_cross_entropy_gradient_bf16(uint16_t *logits, size_t count, float log_sum) {
  for (size_t c = 0; c < count; c++)
    logits[c] = ck_bf16_from(ck_exp(ck_bf16_value(logits[c]) - log_sum));
}

CK_DISPATCH
size_t ck_index_of_maximum(const float *x, size_t count) {
  float maximum = row_maximum(x, count);
  for (size_t c = 0; c < count; c++)
    if (x[c] == maximum) return c;
  return 0;
}

CK_DISPATCH
float ck_exponentiate(float *x, size_t count, float scale) {
  // Scaled afterwards: a large scale would round its products before they are subtracted.
  float maximum = row_maximum(x, count);
  for (size_t c = 0; c < count; c++) x[c] -= maximum;
  return exponentiate(x, count, scale, 0.0f);
}
