// Which ways of multiplying bfloat16 matrices this machine has, and which of them pay.
#include "CKernels.h"
#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <time.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__) && defined(__linux__)
/// Linux hands out the tile registers to processes that ask for them.
static bool may_use_tiles(void) {
  enum { request_permission = 0x1023, tile_data = 18 };
  return __builtin_cpu_supports("amx-bf16") && __builtin_cpu_supports("amx-tile") &&
         syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#elif defined(__x86_64__)
static bool may_use_tiles(void) { return false; }
#endif

bool ck_bf16_has(ck_bf16_path path) {
  if (path == CK_BF16_PORTABLE || path == CK_BF16_TILES_IN_C || path == CK_BF16_FIXED_IN_C)
    return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (path == CK_BF16_AVX512) return ck_cpu_has_avx512();
  if (path == CK_BF16_AVX512_BF16)
    return ck_cpu_has_avx512() && __builtin_cpu_supports("avx512bf16");
  if (path == CK_BF16_AVX512_VNNI)
    return ck_cpu_has_avx512() && __builtin_cpu_supports("avx512vnni");
  if (path == CK_BF16_AMX) return ck_cpu_has_avx512() && may_use_tiles();
#endif
  return false;
}

#if defined(__x86_64__)
enum { sums = 12, turns = 1000, tries = 5 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/// Keeps compilers from computing in advance what is only timed.
#define OPAQUE(x) __asm__ volatile("" : "+v"(x))

__attribute__((target("avx512f,avx512bf16"), noinline)) static double time_bf16(void) {
  __m512 sum[sums];
  __m512i pairs = _mm512_setzero_si512();
  for (int i = 0; i < sums; i++) sum[i] = _mm512_setzero_ps();
  double start = seconds();
  for (int turn = 0; turn < turns; turn++) {
    OPAQUE(pairs);
    for (int i = 0; i < sums; i++)
      sum[i] = _mm512_dpbf16_ps(sum[i], (__m512bh)pairs, (__m512bh)pairs);
  }
  for (int i = 0; i < sums; i++) OPAQUE(sum[i]);
  return seconds() - start;
}

/// As many multiplications, of integers.
__attribute__((target("avx512f,avx512vnni"), noinline)) static double time_integers(void) {
  __m512i sum[sums], pairs = _mm512_setzero_si512();
  for (int i = 0; i < sums; i++) sum[i] = _mm512_setzero_si512();
  double start = seconds();
  for (int turn = 0; turn < turns; turn++) {
    OPAQUE(pairs);
    for (int i = 0; i < sums; i++) sum[i] = _mm512_dpwssd_epi32(sum[i], pairs, pairs);
  }
  for (int i = 0; i < sums; i++) OPAQUE(sum[i]);
  return seconds() - start;
}

/// As many multiplications, of floats.
__attribute__((target("avx512f"), noinline)) static double time_floats(void) {
  __m512 sum[sums], factor = _mm512_setzero_ps();
  for (int i = 0; i < sums; i++) sum[i] = _mm512_setzero_ps();
  double start = seconds();
  for (int turn = 0; turn < 2 * turns; turn++) {
    OPAQUE(factor);
    for (int i = 0; i < sums; i++) sum[i] = _mm512_fmadd_ps(factor, factor, sum[i]);
  }
  for (int i = 0; i < sums; i++) OPAQUE(sum[i]);
  return seconds() - start;
}
#endif

bool ck_bf16_dot_products_pay(ck_bf16_path path) {
#if defined(__x86_64__)
  if (!ck_bf16_has(path)) return false;
  double dot_products = 1, floats = 1;
  for (int i = 0; i < tries; i++) {
    double first = path == CK_BF16_AVX512_VNNI ? time_integers() : time_bf16();
    double second = time_floats();
    dot_products = first < dot_products ? first : dot_products;
    floats = second < floats ? second : floats;
  }
  return 1.2 * dot_products < floats;
#else
  return false;
#endif
}
