// Softmax over whole rows: the loss over the vocabulary, and distributions to draw from.
#include "CKernels.h"
#include "vector.h"

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
