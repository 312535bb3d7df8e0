// Weights of many choices, and choosing among them.
#include "CKernels.h"
#include "vector.h"

enum { block = 8 * CK_LANES };

CK_DISPATCH
size_t ck_pick(const float *weights, size_t count, double target) {
  size_t c = 0;
  for (; c + block <= count; c += block) {
    float lanes[CK_LANES] = {0};
    for (int k = 0; k < block; k += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) lanes[i] += weights[c + k + i];
    double sum = ck_sum_lanes(lanes);
    if (sum > target) break;
    target -= sum;
  }
  for (; c < count; c++) {
    target -= weights[c];
    if (target < 0) return c;
  }
  return count;
}

CK_DISPATCH
size_t ck_select(const float *x, size_t count, float least, uint32_t *places) {
  size_t found = 0;
  for (size_t c = 0; c < count; c++) {
    places[found] = (uint32_t)c;
    found += x[c] >= least;
  }
  return found;
}

/// Replaces x by exp(scale * x) and returns the sum.
CK_INLINE float exponentiate(float *x, size_t count, float scale) {
  float lanes[CK_LANES] = {0};
  size_t c = 0;
  for (; c + CK_LANES <= count; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) {
      float e = ck_exp(scale * x[c + i]);
      x[c + i] = e;
      lanes[i] += e;
    }
  float sum = ck_sum_lanes(lanes);
  for (; c < count; c++) {
    x[c] = ck_exp(scale * x[c]);
    sum += x[c];
  }
  return sum;
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
  return exponentiate(x, count, scale);
}
