// Stored weights as floats. Runs inside products, so the loops are of fixed length and without
// branches.
#include "blocks.h"

CK_INLINE void dequantize_q8_0(float *restrict out, const block_q8_0 *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    float scale = ck_f16_value(in[b].scale);
    for (int i = 0; i < 32; i++) out[i] = scale * (float)in[b].quants[i];
  }
}

CK_INLINE void dequantize_q4_0(float *restrict out, const block_q4_0 *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    float scale = ck_f16_value(in[b].scale);
    for (int i = 0; i < 16; i++) out[i] = scale * (float)((in[b].nibbles[i] & 15) - 8);
    for (int i = 0; i < 16; i++) out[i + 16] = scale * (float)((in[b].nibbles[i] >> 4) - 8);
  }
}

CK_INLINE void dequantize_q5_0(float *restrict out, const block_q5_0 *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, out += SHORT_BLOCK) {
    float scale = ck_f16_value(in[b].scale);
    uint32_t fifth;
    memcpy(&fifth, in[b].fifth, sizeof fifth);
    for (int i = 0; i < 16; i++) {
      int q = (in[b].nibbles[i] & 15) | (int)(fifth >> i & 1) << 4;
      out[i] = scale * (float)(q - 16);
    }
    for (int i = 0; i < 16; i++) {
      int q = in[b].nibbles[i] >> 4 | (int)(fifth >> (i + 16) & 1) << 4;
      out[i + 16] = scale * (float)(q - 16);
    }
  }
}

CK_INLINE void dequantize_q4_k(float *restrict out, const block_q4_k *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++) {
    float scale = ck_f16_value(in[b].scale), minimum = ck_f16_value(in[b].minimum);
    const uint8_t *nibbles = in[b].nibbles;
    for (int g = 0; g < 8; g += 2, nibbles += 32, out += 64) {
      int s0, m0, s1, m1;
      ck_group_scale(in[b].group_scales, g, &s0, &m0);
      ck_group_scale(in[b].group_scales, g + 1, &s1, &m1);
      float scale0 = scale * (float)s0, minimum0 = minimum * (float)m0;
      float scale1 = scale * (float)s1, minimum1 = minimum * (float)m1;
      for (int i = 0; i < 32; i++) out[i] = scale0 * (float)(nibbles[i] & 15) - minimum0;
      for (int i = 0; i < 32; i++) out[i + 32] = scale1 * (float)(nibbles[i] >> 4) - minimum1;
    }
  }
}

CK_INLINE void dequantize_q5_k(float *restrict out, const block_q5_k *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++) {
    float scale = ck_f16_value(in[b].scale), minimum = ck_f16_value(in[b].minimum);
    const uint8_t *nibbles = in[b].nibbles, *fifth = in[b].fifth;
    for (int g = 0; g < 8; g += 2, nibbles += 32, out += 64) {
      int s0, m0, s1, m1;
      ck_group_scale(in[b].group_scales, g, &s0, &m0);
      ck_group_scale(in[b].group_scales, g + 1, &s1, &m1);
      float scale0 = scale * (float)s0, minimum0 = minimum * (float)m0;
      float scale1 = scale * (float)s1, minimum1 = minimum * (float)m1;
      for (int i = 0; i < 32; i++) {
        int q = (nibbles[i] & 15) | (fifth[i] >> g & 1) << 4;
        out[i] = scale0 * (float)q - minimum0;
      }
      for (int i = 0; i < 32; i++) {
        int q = nibbles[i] >> 4 | (fifth[i] >> (g + 1) & 1) << 4;
        out[i + 32] = scale1 * (float)q - minimum1;
      }
    }
  }
}

/// 32 values that lie in the nibbles at `shift` of `nibbles` and the pairs of bits at `upper_shift`.
CK_INLINE void dequantize_q6_k_part(float *restrict out, const uint8_t *restrict nibbles,
                                    int shift, const uint8_t *restrict upper, int upper_shift,
                                    float scale0, float scale1) {
  for (int i = 0; i < 16; i++) {
    int q = (nibbles[i] >> shift & 15) | (upper[i] >> upper_shift & 3) << 4;
    out[i] = scale0 * (float)(q - 32);
  }
  for (int i = 16; i < 32; i++) {
    int q = (nibbles[i] >> shift & 15) | (upper[i] >> upper_shift & 3) << 4;
    out[i] = scale1 * (float)(q - 32);
  }
}

CK_INLINE void dequantize_q6_k(float *restrict out, const block_q6_k *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++) {
    float scale = ck_f16_value(in[b].scale), scales[16];
    for (int g = 0; g < 16; g++) scales[g] = scale * (float)in[b].group_scales[g];
    for (int half = 0; half < 2; half++, out += 128) {
      const uint8_t *nibbles = in[b].nibbles + 64 * half, *upper = in[b].upper + 32 * half;
      const float *s = scales + 8 * half;
      dequantize_q6_k_part(out, nibbles, 0, upper, 0, s[0], s[1]);
      dequantize_q6_k_part(out + 32, nibbles + 32, 0, upper, 2, s[2], s[3]);
      dequantize_q6_k_part(out + 64, nibbles, 4, upper, 4, s[4], s[5]);
      dequantize_q6_k_part(out + 96, nibbles + 32, 4, upper, 6, s[6], s[7]);
    }
  }
}

CK_DISPATCH
void ck_dequantize(ck_format format, float *restrict out, const void *restrict in, size_t count) {
  const uint16_t *halves = in;
  switch (format) {
  case CK_F32: memcpy(out, in, count * sizeof(float)); break;
  case CK_F16:
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
  }
}
