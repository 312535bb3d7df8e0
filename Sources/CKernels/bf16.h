// bfloat16: the upper half of a float. Rounding is to the nearest, ties to even; not-a-number stays so.
#ifndef CKERNELS_BF16_H
#define CKERNELS_BF16_H
#include "vector.h"

CK_INLINE uint16_t ck_bf16_from(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  uint32_t quiet = (bits >> 16) | 0x40u;
  return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

/// The same for what is a number, with ties away from zero: where many values are rounded that are
/// hardly ever ties. Not-a-number may become anything.
CK_INLINE uint16_t ck_bf16_from_number(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + 0x8000u) >> 16);
}

CK_INLINE float ck_bf16_value(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif
