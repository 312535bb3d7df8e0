// Stored weights as floats. Runs inside products, so the loops are of fixed length and without
// branches.
#include "blocks.h"
#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx,f16c"))) static void widen_f16c(float *restrict out,
                                                           const uint16_t *restrict in,
                                                           size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(in + i))));
  for (; i < count; i++) out[i] = ck_f16_value(in[i]);
}

static bool has_f16c(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
}
#else
static void widen_f16c(float *out, const uint16_t *in, size_t count) {
  (void)out, (void)in, (void)count;
}
static bool has_f16c(void) { return false; }
#endif

/// out[i] = scale * quants[i], a loop that every compiler turns into wide instructions.
CK_INLINE void scale_quants(float *restrict out, const int8_t *restrict quants, int count,
                            float scale) {
  for (int i = 0; i < count; i++) out[i] = scale * (float)quants[i];
}

CK_INLINE void dequantize_q8_0(float *restrict out, const block_q8_0 *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK)
    scale_quants(out, in[b].quants, 32, ck_f16_value(in[b].scale));
}

CK_INLINE void dequantize_q4_0(float *restrict out, const block_q4_0 *restrict in, size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    for (int i = 0; i < 16; i++) q[i] = (int8_t)((in[b].nibbles[i] & 15) - 8);
    for (int i = 0; i < 16; i++) q[i + 16] = (int8_t)((in[b].nibbles[i] >> 4) - 8);
    scale_quants(out, q, 32, ck_f16_value(in[b].scale));
  }
}

/// out[i] = scale * quants[i] + minimum, a loop that would be vectorized worse if it were unrolled.
CK_INLINE void scale_from(float *restrict out, const int8_t *restrict quants, int count,
                          float scale, float minimum) {
#pragma clang loop unroll(disable)
  for (int i = 0; i < count; i++) out[i] = scale * (float)quants[i] + minimum;
}

CK_INLINE void dequantize_q4_1(float *restrict out, const block_q4_1 *restrict in, size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    for (int i = 0; i < 16; i++) q[i] = (int8_t)(in[b].nibbles[i] & 15);
    for (int i = 0; i < 16; i++) q[i + 16] = (int8_t)(in[b].nibbles[i] >> 4);
    scale_from(out, q, 32, ck_f16_value(in[b].scale), ck_f16_value(in[b].minimum));
  }
}

/// Bit i of `byte` as byte i, 0 or 16.
CK_INLINE uint64_t spread_bits(uint8_t byte) {
  uint64_t bits = byte * 0x0101010101010101u & 0x8040201008040201u;
  return (bits + 0x7f7f7f7f7f7f7f7fu) >> 3 & 0x1010101010101010u;
}

/// 32 values of five bits.
CK_INLINE void unpack_fifths(int8_t *restrict q, const uint8_t *nibbles, const uint8_t *fifth) {
  int8_t upper[32];
  for (int k = 0; k < 4; k++) {
    uint64_t spread = spread_bits(fifth[k]);
    memcpy(upper + 8 * k, &spread, sizeof spread);
  }
  for (int i = 0; i < 16; i++) q[i] = (int8_t)(nibbles[i] & 15);
  for (int i = 0; i < 16; i++) q[i + 16] = (int8_t)(nibbles[i] >> 4);
  for (int i = 0; i < 32; i++) q[i] = (int8_t)(q[i] + upper[i]);
}

CK_INLINE void dequantize_q5_0(float *restrict out, const block_q5_0 *restrict in, size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    unpack_fifths(q, in[b].nibbles, in[b].fifth);
    for (int i = 0; i < 32; i++) q[i] = (int8_t)(q[i] - 16);
    scale_quants(out, q, 32, ck_f16_value(in[b].scale));
  }
}

CK_INLINE void dequantize_q5_1(float *restrict out, const block_q5_1 *restrict in, size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    unpack_fifths(q, in[b].nibbles, in[b].fifth);
    scale_from(out, q, 32, ck_f16_value(in[b].scale), ck_f16_value(in[b].minimum));
  }
}

/// 32 values of the `iq4` formats.
CK_INLINE void look_up(int8_t *restrict q, const uint8_t *restrict nibbles) {
  unsigned16 both;
  memcpy(&both, nibbles, sizeof both);
  bytes16 low = ck_iq4_values(both & 15), high = ck_iq4_values(both >> 4);
  memcpy(q, &low, sizeof low);
  memcpy(q + 16, &high, sizeof high);
}

CK_INLINE void dequantize_iq4_nl(float *restrict out, const block_iq4_nl *restrict in,
                                 size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    look_up(q, in[b].nibbles);
    scale_quants(out, q, 32, ck_f16_value(in[b].scale));
  }
}

/// A block's scales and minimums of groups, as floats.
CK_INLINE void group_factors(const uint8_t *packed, uint16_t scale, uint16_t minimum,
                             float *restrict scales, float *restrict minimums) {
  float s = ck_f16_value(scale), m = ck_f16_value(minimum);
  for (int g = 0; g < 8; g++) {
    int group_scale, group_minimum;
    ck_group_scale(packed, g, &group_scale, &group_minimum);
    scales[g] = s * (float)group_scale;
    minimums[g] = m * (float)group_minimum;
  }
}

CK_INLINE void scale_groups(float *restrict out, const uint8_t *restrict quants,
                            const float *scales, const float *minimums) {
  for (int g = 0; g < 8; g++)
    for (int i = 0; i < 32; i++)
      out[32 * g + i] = scales[g] * (float)quants[32 * g + i] - minimums[g];
}

CK_INLINE void unpack_nibbles(uint8_t *restrict q, const uint8_t *restrict nibbles) {
  for (int pair = 0; pair < 4; pair++, nibbles += 32, q += 64) {
    for (int i = 0; i < 32; i++) q[i] = nibbles[i] & 15;
    for (int i = 0; i < 32; i++) q[i + 32] = nibbles[i] >> 4;
  }
}

CK_INLINE void dequantize_q4_k(float *restrict out, const block_q4_k *restrict in, size_t blocks) {
  uint8_t q[LONG_BLOCK];
  float scales[8], minimums[8];
  for (size_t b = 0; b < blocks; b++, out += LONG_BLOCK) {
    unpack_nibbles(q, in[b].nibbles);
    group_factors(in[b].group_scales, in[b].scale, in[b].minimum, scales, minimums);
    scale_groups(out, q, scales, minimums);
  }
}

CK_INLINE void dequantize_q5_k(float *restrict out, const block_q5_k *restrict in, size_t blocks) {
  uint8_t q[LONG_BLOCK];
  float scales[8], minimums[8];
  for (size_t b = 0; b < blocks; b++, out += LONG_BLOCK) {
    unpack_nibbles(q, in[b].nibbles);
    for (int g = 0; g < 8; g++)
      for (int i = 0; i < 32; i++) q[32 * g + i] |= (uint8_t)((in[b].fifth[i] >> g & 1) << 4);
    group_factors(in[b].group_scales, in[b].scale, in[b].minimum, scales, minimums);
    scale_groups(out, q, scales, minimums);
  }
}

/// 32 values: nibbles at `shift` of 32 bytes, above them the pairs of bits at `upper_shift`.
CK_INLINE void unpack_q6_k(int8_t *restrict q, const uint8_t *restrict nibbles, int shift,
                           const uint8_t *restrict upper, int upper_shift) {
  for (int i = 0; i < 32; i++)
    q[i] = (int8_t)(((nibbles[i] >> shift & 15) | (upper[i] >> upper_shift & 3) << 4) - 32);
}

CK_INLINE void dequantize_q6_k(float *restrict out, const block_q6_k *restrict in, size_t blocks) {
  int8_t q[LONG_BLOCK];
  for (size_t b = 0; b < blocks; b++, out += LONG_BLOCK) {
    for (int half = 0; half < 2; half++) {
      const uint8_t *nibbles = in[b].nibbles + 64 * half, *upper = in[b].upper + 32 * half;
      int8_t *part = q + 128 * half;
      unpack_q6_k(part, nibbles, 0, upper, 0);
      unpack_q6_k(part + 32, nibbles + 32, 0, upper, 2);
      unpack_q6_k(part + 64, nibbles, 4, upper, 4);
      unpack_q6_k(part + 96, nibbles + 32, 4, upper, 6);
    }
    float scale = ck_f16_value(in[b].scale);
    for (int g = 0; g < 16; g++)
      scale_quants(out + 16 * g, q + 16 * g, 16, scale * (float)in[b].group_scales[g]);
  }
}

/// The lower two bits of 256 values.
CK_INLINE void unpack_pairs(int8_t *restrict q, const uint8_t *restrict pairs) {
  for (int part = 0; part < 8; part++)
    for (int i = 0; i < 32; i++)
      q[32 * part + i] = (int8_t)(pairs[part / 4 * 32 + i] >> part % 4 * 2 & 3);
}

CK_INLINE void dequantize_q2_k(float *restrict out, const block_q2_k *restrict in, size_t blocks) {
  int8_t q[LONG_BLOCK];
  for (size_t b = 0; b < blocks; b++, out += LONG_BLOCK) {
    unpack_pairs(q, in[b].pairs);
    float scale = ck_f16_value(in[b].scale), minimum = ck_f16_value(in[b].minimum);
    for (int g = 0; g < 16; g++) {
      float s = scale * (float)(in[b].group_scales[g] & 15);
      float m = minimum * (float)(in[b].group_scales[g] >> 4);
      scale_from(out + 16 * g, q + 16 * g, 16, s, -m);
    }
  }
}

CK_INLINE void dequantize_q3_k(float *restrict out, const block_q3_k *restrict in, size_t blocks) {
  int8_t q[LONG_BLOCK];
  for (size_t b = 0; b < blocks; b++, out += LONG_BLOCK) {
    unpack_pairs(q, in[b].pairs);
    for (int part = 0; part < 8; part++)
      for (int i = 0; i < 32; i++)
        q[32 * part + i] = (int8_t)((q[32 * part + i] | (in[b].third[i] >> part & 1) << 2) - 4);
    float scale = ck_f16_value(in[b].scale);
    for (int g = 0; g < 16; g++) {
      int step = ck_sixteenth_scale(in[b].group_scales, g) - 32;
      scale_quants(out + 16 * g, q + 16 * g, 16, scale * (float)step);
    }
  }
}

CK_INLINE void dequantize_iq4_xs(float *restrict out, const block_iq4_xs *restrict in,
                                 size_t blocks) {
  int8_t q[32];
  for (size_t b = 0; b < blocks; b++) {
    float scale = ck_f16_value(in[b].scale);
    for (int g = 0; g < 8; g++, out += 32) {
      look_up(q, in[b].nibbles + 16 * g);
      scale_quants(out, q, 32, scale * (float)(ck_iq4_xs_scale(&in[b], g) - 32));
    }
  }
}

CK_DISPATCH
void ck_dequantize(ck_format format, float *restrict out, const void *restrict in, size_t count) {
  const uint16_t *halves = in;
  switch (format) {
  case CK_F32: memcpy(out, in, count * sizeof(float)); break;
  case CK_F16:
    if (has_f16c()) return widen_f16c(out, in, count);
    for (size_t i = 0; i < count; i++) out[i] = ck_f16_value(halves[i]);
    break;
  case CK_BF16:
    for (size_t i = 0; i < count; i++) out[i] = ck_bf16_value(halves[i]);
    break;
  case CK_Q8_0: dequantize_q8_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q4_0: dequantize_q4_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q5_0: dequantize_q5_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q4_K: dequantize_q4_k(out, in, count / LONG_BLOCK); break;
  case CK_Q5_K: dequantize_q5_k(out, in, count / LONG_BLOCK); break;
  case CK_Q6_K: dequantize_q6_k(out, in, count / LONG_BLOCK); break;
  case CK_Q4_1: dequantize_q4_1(out, in, count / SHORT_BLOCK); break;
  case CK_Q5_1: dequantize_q5_1(out, in, count / SHORT_BLOCK); break;
  case CK_IQ4_NL: dequantize_iq4_nl(out, in, count / SHORT_BLOCK); break;
  case CK_Q2_K: dequantize_q2_k(out, in, count / LONG_BLOCK); break;
  case CK_Q3_K: dequantize_q3_k(out, in, count / LONG_BLOCK); break;
  case CK_IQ4_XS: dequantize_iq4_xs(out, in, count / LONG_BLOCK); break;
  }
}
