// What the kernels share: run-time dispatch, sixteen-lane sums, and an exponential that compilers
// can vectorize.
#ifndef CKERNELS_VECTOR_H
#define CKERNELS_VECTOR_H
#include "CKernels.h"
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__ELF__)
#define CK_DISPATCH \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_DISPATCH
#endif
#define CK_INLINE static inline __attribute__((always_inline))

/// Before a loop whose result may lie in the very place of an input, never shifted against it:
/// without this, compilers test for any overlap at run time and then go one value at a time.
#if defined(__clang__)
#define CK_IN_PLACE _Pragma("clang loop vectorize(assume_safety)")
#else
#define CK_IN_PLACE _Pragma("GCC ivdep")
#endif

#define CK_UNROLL _Pragma("clang loop unroll(full)")

typedef float ck_floats16 __attribute__((vector_size(64)));
typedef uint32_t ck_words16 __attribute__((vector_size(64)));

CK_INLINE size_t ck_smaller(size_t a, size_t b) { return a < b ? a : b; }

CK_INLINE size_t ck_whole_vectors(size_t count) {
  return (count + CK_LANES - 1) / CK_LANES * CK_LANES;
}

CK_INLINE float ck_sum_lanes(const float *lanes) {
  float a[8], b[4];
  for (int i = 0; i < 8; i++) a[i] = lanes[i] + lanes[i + 8];
  for (int i = 0; i < 4; i++) b[i] = a[i] + a[i + 4];
  return (b[0] + b[2]) + (b[1] + b[3]);
}

CK_INLINE float ck_larger(float a, float b) { return a > b ? a : b; }

CK_INLINE float ck_max_lanes(const float *lanes) {
  float a[8], b[4];
  for (int i = 0; i < 8; i++) a[i] = ck_larger(lanes[i], lanes[i + 8]);
  for (int i = 0; i < 4; i++) b[i] = ck_larger(a[i], a[i + 4]);
  return ck_larger(ck_larger(b[0], b[2]), ck_larger(b[1], b[3]));
}

/// The largest of at least one value.
CK_INLINE float ck_row_maximum(const float *x, size_t count) {
  float lanes[CK_LANES];
  for (int i = 0; i < CK_LANES; i++) lanes[i] = x[0];
  size_t c = 0;
  for (; c + CK_LANES <= count; c += CK_LANES)
    for (int i = 0; i < CK_LANES; i++) lanes[i] = ck_larger(x[c + i], lanes[i]);
  float best = ck_max_lanes(lanes);
  for (; c < count; c++) best = ck_larger(x[c], best);
  return best;
}

/// The C library's sqrtf may set errno, which keeps a loop from being vectorized; this one does not.
#define ck_sqrt(x) __builtin_elementwise_sqrt(x)

/// 2^n for the integer n that the sum of a float with ck_round_to_power holds in its lowest bits.
CK_INLINE float ck_power_of_two(float rounded) {
  uint32_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  bits <<= 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

/// Adding it rounds to an integer, 1.5 * 2^23, and biases that as exponents are.
#define ck_round_to_power (12582912.0f + 127.0f)

/// e^x to about 2 units in the last place: x = n ln 2 + r, and a polynomial in r whose largest
/// relative error is least, 1e-7. Not-a-number stays so; the ends saturate near the smallest normal
/// number and the largest.
CK_INLINE float ck_exp(float x) {
  x = x < -87.33654f ? -87.33654f : x;
  x = x > 88.37626f ? 88.37626f : x;
  float rounded = x * 1.44269504f + ck_round_to_power;
  float n = rounded - ck_round_to_power;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 0.008312525f;
  p = p * r + 0.041890115f;
  p = p * r + 0.16667114f;
  p = p * r + 0.4999923f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * ck_power_of_two(rounded);
}

/// 2^x to 2e-7, beside the rounding of x: cheaper, for results that are rounded to bfloat16.
CK_INLINE float ck_exp2(float x) {
  x = x < -126.0f ? -126.0f : x;
  x = x > 127.4f ? 127.4f : x;
  float rounded = x + ck_round_to_power;
  float r = x - (rounded - ck_round_to_power);
  float p = 0.0013264727f;
  p = p * r + 0.009671513f;
  p = p * r + 0.055507336f;
  p = p * r + 0.24022242f;
  p = p * r + 0.693147f;
  p = p * r + 1.0f;
  return p * ck_power_of_two(rounded);
}

static const float ck_log2_e = 1.44269504f;

/// The error function by Abramowitz and Stegun 7.1.26; absolute error below 2e-7.
CK_INLINE float ck_erf(float x) {
  float a = fabsf(x);
  float t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  return copysignf(1.0f - p * t * ck_exp(-a * a), x);
}

/// 32 random bits for (row key, column): two rounds of an integer hash with full avalanche.
CK_INLINE uint32_t ck_random_bits(uint32_t key_low, uint32_t key_high, uint32_t column) {
  uint32_t x = column * 0x9e3779b9u + key_low;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x += key_high;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

/// A row's 64-bit key (SplitMix64's finalizer).
CK_INLINE uint64_t ck_row_key(uint64_t key, uint64_t row) {
  uint64_t z = key + (row + 1) * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

#endif
