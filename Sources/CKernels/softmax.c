// Softmax over rows: attention weights under the causal mask, and the loss over the vocabulary.
#include "CKernels.h"
#include "vector.h"
#include <float.h>

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

/// The largest of the first `seen` values of a row that has room for whole vectors.
CK_INLINE float seen_maximum(const float *x, size_t seen) {
  float lanes[CK_LANES];
  size_t last = (seen - 1) / CK_LANES * CK_LANES;
  for (int i = 0; i < CK_LANES; i++) lanes[i] = last + i < seen ? x[last + i] : -FLT_MAX;
  for (size_t c = 0; c < last; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_larger(x[c + i], lanes[i]);
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

CK_DISPATCH
float ck_cross_entropy(const float *logits, size_t count, size_t target) {
  float maximum = ck_row_maximum(logits, count);
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
  float maximum = ck_row_maximum(logits, count);
  float of_target = logits[target];
  float sum = exponentiate(logits, count, 1.0f, maximum);
  float inverse = 1.0f / sum;
  for (size_t c = 0; c < count; c++) logits[c] *= inverse;
  logits[target] -= 1.0f;
  return maximum + logf(sum) - of_target;
}

CK_DISPATCH
size_t ck_index_of_maximum(const float *x, size_t count) {
  float maximum = ck_row_maximum(x, count);
  for (size_t c = 0; c < count; c++)
    if (x[c] == maximum) return c;
  return 0;
}

CK_DISPATCH
float ck_exponentiate(float *x, size_t count, float scale) {
  // Scaled afterwards: a large scale would round its products before they are subtracted.
  float maximum = ck_row_maximum(x, count);
  for (size_t c = 0; c < count; c++) x[c] -= maximum;
  return exponentiate(x, count, scale, 0.0f);
}
