// Choosing among many weights.
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
