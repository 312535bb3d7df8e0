// Attention of one query over keys and values that are kept from earlier tokens.
#include "CKernels.h"
#include "vector.h"

/// A group's keys lie transposed, [width][CK_KEY_GROUP]: sixteen scores grow side by side, without
/// sums across a register.
CK_INLINE void score_group(float *scores, const float *query, const float *group, size_t width) {
  ck_floats16 even = {0}, odd = {0}, keys;
  size_t j = 0;
  for (; j + 2 <= width; j += 2) {
    memcpy(&keys, group + j * CK_KEY_GROUP, sizeof keys);
    even += query[j] * keys;
    memcpy(&keys, group + (j + 1) * CK_KEY_GROUP, sizeof keys);
    odd += query[j + 1] * keys;
  }
  if (j < width) {
    memcpy(&keys, group + j * CK_KEY_GROUP, sizeof keys);
    even += query[j] * keys;
  }
  even += odd;
  memcpy(scores, &even, sizeof even);
}

/// out[0...columns) = Σ_t weights[t] values[t][0...columns), columns = 16 · registers.
#define SUM_VALUES(registers)                                                                \
  do {                                                                                       \
    ck_floats16 sums[registers] = {0}, value;                                                \
    for (size_t t = 0; t < count; t++)                                                       \
      for (int i = 0; i < registers; i++) {                                                  \
        memcpy(&value, values + t * width + column + i * CK_LANES, sizeof value);            \
        sums[i] += weights[t] * value;                                                       \
      }                                                                                      \
    for (int i = 0; i < registers; i++) sums[i] *= scale;                                    \
    memcpy(out + column, sums, sizeof sums);                                                 \
    column += registers * CK_LANES;                                                          \
  } while (0)

CK_INLINE void sum_values(float *out, const float *weights, const float *values, size_t count,
                          size_t width, float scale) {
  size_t column = 0;
  while (column + 4 * CK_LANES <= width) SUM_VALUES(4);
  while (column + CK_LANES <= width) SUM_VALUES(1);
  for (; column < width; column++) {
    float sum = 0;
    for (size_t t = 0; t < count; t++) sum += weights[t] * values[t * width + column];
    out[column] = scale * sum;
  }
}

CK_DISPATCH
void ck_attend(float *out, const float *query, const float *keys, const float *values,
               size_t count, size_t width, float scale, float *scores) {
  for (size_t t = 0; t < count; t += CK_KEY_GROUP)
    score_group(scores + t, query, keys + t * width, width);
  float sum = ck_exponentiate(scores, count, scale);
  sum_values(out, scores, values, count, width, 1.0f / sum);
}
