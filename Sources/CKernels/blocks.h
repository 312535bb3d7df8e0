// Layouts of stored weights: single numbers, and ggml's blocks of small integers with a scale.
#ifndef CKERNELS_BLOCKS_H
#define CKERNELS_BLOCKS_H
#include "CKernels.h"
#include "bf16.h"

// A block's members are bytes and 16-bit numbers, little-endian, without gaps.
enum { SHORT_BLOCK = 32, LONG_BLOCK = 256 };

/// value[i] = scale * quants[i]
typedef struct {
  uint16_t scale;
  int8_t quants[32];
} block_q8_0;

/// value[i] = scale * (q - 8), the first half of the block in the low nibbles.
typedef struct {
  uint16_t scale;
  uint8_t nibbles[16];
} block_q4_0;

/// value[i] = scale * (q - 16); bit i of `fifth` is the highest bit of value i.
typedef struct {
  uint16_t scale;
  uint8_t fifth[4];
  uint8_t nibbles[16];
} block_q5_0;

/// value[i] = scale * q + minimum.
typedef struct {
  uint16_t scale, minimum;
  uint8_t nibbles[16];
} block_q4_1;

/// The same with five bits.
typedef struct {
  uint16_t scale, minimum;
  uint8_t fifth[4];
  uint8_t nibbles[16];
} block_q5_1;

/// value[i] = scale * ck_iq4_values(q).
typedef struct {
  uint16_t scale;
  uint8_t nibbles[16];
} block_iq4_nl;

/// Eight groups of 32: value = scale * s * q - minimum * m, with 6-bit s and m of each group.
typedef struct {
  uint16_t scale, minimum;
  uint8_t group_scales[12];
  uint8_t nibbles[128];
} block_q4_k;

/// The same with five bits: bit g of fifth[i] is the highest of value i of group g.
typedef struct {
  uint16_t scale, minimum;
  uint8_t group_scales[12];
  uint8_t fifth[32];
  uint8_t nibbles[128];
} block_q5_k;

/// Sixteen groups of 16: value = scale * s * (q - 32).
typedef struct {
  uint8_t nibbles[128];
  uint8_t upper[64];
  int8_t group_scales[16];
  uint16_t scale;
} block_q6_k;

/// Sixteen groups of 16: value = scale * s * q - minimum * m, with s in the low and m in the high
/// nibble of a group's byte. Pair k of bits of pairs[32 h + i] is
/// value 128 h + 32 k + i.
typedef struct {
  uint8_t group_scales[16];
  uint8_t pairs[64];
  uint16_t scale, minimum;
} block_q2_k;

/// Sixteen groups of 16: value = scale * (s - 32) * (q - 4), with 6-bit s. Bit k of third[i] is the
/// highest of value 32 k + i.
typedef struct {
  uint8_t third[32];
  uint8_t pairs[64];
  uint8_t group_scales[12];
  uint16_t scale;
} block_q3_k;

/// Eight groups of 32: value = scale * (s - 32) * ck_iq4_values(q), with 6-bit s: four bits of two
/// groups in a byte, and pairs of bits in `upper_scales`.
typedef struct {
  uint16_t scale, upper_scales;
  uint8_t lower_scales[4];
  uint8_t nibbles[128];
} block_iq4_xs;

_Static_assert(sizeof(block_q8_0) == 34 && sizeof(block_q4_0) == 18 && sizeof(block_q5_0) == 22 &&
                 sizeof(block_q4_1) == 20 && sizeof(block_q5_1) == 24 &&
                 sizeof(block_iq4_nl) == 18 && sizeof(block_q2_k) == 84 &&
                 sizeof(block_q3_k) == 110 && sizeof(block_q4_k) == 144 &&
                 sizeof(block_q5_k) == 176 && sizeof(block_q6_k) == 210 &&
                 sizeof(block_iq4_xs) == 136,
               "blocks have no gaps");

/// IEEE 754 half precision. A half's exponent and fraction move to the place of a float's, whose
/// exponents are 112 larger. Subnormal halves get the exponent of 2^-14 first, which is subtracted
/// again: processors are slow with subnormal floats.
CK_INLINE float ck_f16_value(uint16_t half) {
  uint32_t magnitude = half & 0x7fffu, sign = (uint32_t)(half & 0x8000u) << 16;
  uint32_t bits = (magnitude << 13) + (magnitude < 0x400u ? 0x38800000u : 0x38000000u);
  bits += magnitude < 0x7c00u ? 0u : 0x38000000u; // infinity and not-a-number
  float value;
  memcpy(&value, &bits, sizeof value);
  value -= magnitude < 0x400u ? 0x1p-14f : 0.0f;
  memcpy(&bits, &value, sizeof bits);
  bits |= sign;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Rounds to the nearest half, ties to even; beyond the largest half is infinity.
CK_INLINE uint16_t ck_f16_from(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
  uint32_t normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1u) - 0x38000000u) >> 13;
  // Below the smallest normal half: adding 0.5 rounds to multiples of 2^-24, the subnormal unit.
  float small;
  memcpy(&small, &magnitude, sizeof small);
  small += 0.5f;
  uint32_t subnormal;
  memcpy(&subnormal, &small, sizeof subnormal);
  subnormal -= 0x3f000000u;
  uint32_t half = magnitude < 0x38800000u ? subnormal : normal;
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;
  half = magnitude > 0x7f800000u ? 0x7e00u | ((magnitude >> 13) & 0x1ffu) : half;
  return (uint16_t)(sign | half);
}

typedef int8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t unsigned16 __attribute__((vector_size(16)));

/// What the nibbles `n` of the `iq4` formats stand for: denser around zero, where most weights lie
/// (ggml-org/ggml, src/ggml-common.h, kvalues_iq4nl). Compilers make one instruction of such a list.
CK_INLINE bytes16 ck_iq4_values(unsigned16 n) {
  const bytes16 v = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  return (bytes16){v[n[0]],  v[n[1]],  v[n[2]],  v[n[3]],  v[n[4]],  v[n[5]],
                   v[n[6]],  v[n[7]],  v[n[8]],  v[n[9]],  v[n[10]], v[n[11]],
                   v[n[12]], v[n[13]], v[n[14]], v[n[15]]};
}

/// The 6-bit scale and minimum of group `g` of a block of eight: those of the first four lie whole
/// in 4 + 4 bytes, whose upper two bits belong to the last four.
CK_INLINE void ck_group_scale(const uint8_t *packed, int g, int *scale, int *minimum) {
  if (g < 4) {
    *scale = packed[g] & 63;
    *minimum = packed[g + 4] & 63;
  } else {
    *scale = (packed[g + 4] & 15) | (packed[g - 4] >> 6) << 4;
    *minimum = packed[g + 4] >> 4 | (packed[g] >> 6) << 4;
  }
}

/// The 6-bit scale, 0...63, of group `g` of a block of sixteen: a nibble of the first eight bytes and
/// two bits of the last four.
CK_INLINE int ck_sixteenth_scale(const uint8_t *packed, int g) {
  int low = packed[g % 8] >> g / 8 * 4 & 15, high = packed[8 + g % 4] >> g / 4 * 2 & 3;
  return low | high << 4;
}

/// The 6-bit scale, 0...63, of group `g` of eight.
CK_INLINE int ck_iq4_xs_scale(const block_iq4_xs *block, int g) {
  int low = block->lower_scales[g / 2] >> g % 2 * 4 & 15;
  return low | (block->upper_scales >> 2 * g & 3) << 4;
}

#endif
