// How fast ways of multiplying bfloat16 matrices are: instructions in registers, timed.
#include "CKernels.h"
#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <time.h>

enum { chains = 12, turns = 500, tries = 15, warm_up_tries = 40 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/// Keeps compilers from computing in advance what is only timed.
#define OPAQUE(x) __asm__ volatile("" : "+v"(x))

/// Defines a function that returns seconds of `count` rounds of independent multiplications and additions
/// `total + a * a`.
#define TIMED(name, features, vector, factor, count, result)                                       \
  __attribute__((target(features), noinline)) static double name(void) {                           \
    vector sum[chains] = {0};                                                                      \
    factor a = {0};                                                                                \
    double start = seconds();                                                                      \
    for (int turn = 0; turn < count; turn++)                                                       \
      for (int i = 0; i < chains; i++) {                                                           \
        vector total = sum[i];                                                                     \
        OPAQUE(a);                                                                                 \
        sum[i] = result;                                                                           \
      }                                                                                            \
    for (int i = 0; i < chains; i++) OPAQUE(sum[i]);                                               \
    return seconds() - start;                                                                      \
  }

// All do the same number of multiplications: 32 a turn and chain.
TIMED(time_bf16, "avx512f,avx512bf16", __m512, __m512i, turns,
      _mm512_dpbf16_ps(total, (__m512bh)a, (__m512bh)a))
TIMED(time_avx512_vnni, "avx512f,avx512vnni", __m512i, __m512i, turns,
      _mm512_dpwssd_epi32(total, a, a))
TIMED(time_avx_vnni, "avx2,avxvnni", __m256i, __m256i, 2 * turns,
      _mm256_dpwssd_avx_epi32(total, a, a))
TIMED(time_avx2, "avx2", __m256i, __m256i, 2 * turns,
      _mm256_add_epi32(total, _mm256_madd_epi16(a, a)))
TIMED(time_avx512_floats, "avx512f", __m512, __m512, 2 * turns, _mm512_fmadd_ps(a, a, total))
TIMED(time_floats, "avx2,fma", __m256, __m256, 4 * turns, _mm256_fmadd_ps(a, a, total))

static double time_dot_products(ck_bf16_path path) {
  switch (path) {
  case CK_BF16_AVX512_BF16: return time_bf16();
  case CK_BF16_AVX512_VNNI: return time_avx512_vnni();
  case CK_BF16_AVX_VNNI: return time_avx_vnni();
  case CK_BF16_AVX2_INTEGERS: return time_avx2();
  default: return INFINITY;
  }
}

static double time_widest_floats(void) {
  return ck_cpu_has_avx512() ? time_avx512_floats() : time_floats();
}
#endif

double ck_bf16_speed(ck_bf16_path path) {
#if defined(__x86_64__)
  if (!ck_bf16_has(path)) return 0;
  // Wide registers are slow until they have been used for a while.
  for (int i = 0; i < warm_up_tries; i++) time_widest_floats();
  // The median of ratios of neighbours in time: other work and changes of frequency meet both.
  double ratios[tries];
  for (int i = 0; i < tries; i++) {
    double ratio = time_widest_floats() / time_dot_products(path);
    int place = i;
    for (; place > 0 && ratios[place - 1] > ratio; place--) ratios[place] = ratios[place - 1];
    ratios[place] = ratio;
  }
  return ratios[tries / 2];
#else
  return 0;
#endif
}
