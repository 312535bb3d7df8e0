// Biases, dropout and sums: passes that are bound by memory.
#include "CKernels.h"
#include "vector.h"

#if defined(__x86_64__)
bool ck_cpu_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}
bool ck_cpu_has_avx2(void) { return __builtin_cpu_supports("x86-64-v3"); }
#else
bool ck_cpu_has_avx512(void) { return false; }
bool ck_cpu_has_avx2(void) { return false; }
#endif

CK_DISPATCH
void ck_add_bias(float *restrict out, const float *restrict bias, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++) out[r * width + c] += bias[c];
}

CK_DISPATCH
void ck_add_column_sums(float *restrict sums, const float *restrict in, size_t rows, size_t width,
                        size_t first, size_t end) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = first; c < end; c++) sums[c] += in[r * width + c];
}

CK_DISPATCH
void ck_add(float *out, const float *a, const float *b, size_t count) {
  CK_IN_PLACE
  for (size_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

CK_DISPATCH
double ck_sum_of_squares(const float *in, size_t count) {
  double lanes[CK_LANES] = {0};
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES)
    for (int l = 0; l < CK_LANES; l++) lanes[l] += (double)in[i + l] * (double)in[i + l];
  double sum = 0;
  for (int l = 0; l < CK_LANES; l++) sum += lanes[l];
  for (; i < count; i++) sum += (double)in[i] * (double)in[i];
  return sum;
}

CK_INLINE float dot(const float *a, const float *b, size_t count) {
  float lanes[CK_LANES] = {0};
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES)
    for (int l = 0; l < CK_LANES; l++) lanes[l] += a[i + l] * b[i + l];
  float sum = ck_sum_lanes(lanes);
  for (; i < count; i++) sum += a[i] * b[i];
  return sum;
}

CK_DISPATCH
float ck_dot(const float *a, const float *b, size_t count) { return dot(a, b, count); }

CK_DISPATCH
void ck_row_dots(float *out, const float *a, size_t a_stride, const float *b, size_t b_stride,
                 size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) out[r] = dot(a + r * a_stride, b + r * b_stride, width);
}

CK_DISPATCH
void ck_dropout_add(float *out, const float *residual, const float *in, size_t rows, size_t width,
                    ck_dropout mask) {
  for (size_t r = 0; r < rows; r++) {
    uint64_t key = ck_row_key(mask.key, mask.first_row + r);
    uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    const float *x = in + r * width;
    float *y = out + r * width;
    if (residual) {
      const float *base = residual + r * width;
      CK_IN_PLACE
      for (size_t c = 0; c < width; c++) {
        float factor =
            ck_random_bits(low, high, (uint32_t)c) < mask.threshold ? 0.0f : mask.scale;
        y[c] = base[c] + factor * x[c];
      }
    } else {
      CK_IN_PLACE
      for (size_t c = 0; c < width; c++) {
        float factor =
            ck_random_bits(low, high, (uint32_t)c) < mask.threshold ? 0.0f : mask.scale;
        y[c] = factor * x[c];
      }
    }
  }
}
