// Which ways of multiplying bfloat16 matrices this machine has.
#include "CKernels.h"
#include "vector.h"

#if defined(__x86_64__)
#include <cpuid.h>
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

#if defined(__x86_64__)
static bool has_avx_vnni(void) {
  enum { features = 7, second_page = 1, avx_vnni_bit = 4 };
  unsigned eax, ebx, ecx, edx;
  return ck_cpu_has_avx2() &&
         __get_cpuid_count(features, second_page, &eax, &ebx, &ecx, &edx) &&
         (eax >> avx_vnni_bit & 1);
}
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
  if (path == CK_BF16_AVX_VNNI) return has_avx_vnni();
  if (path == CK_BF16_AVX2_INTEGERS) return ck_cpu_has_avx2();
  if (path == CK_BF16_AMX) return ck_cpu_has_avx512() && may_use_tiles();
#endif
  return false;
}
