// bfloat16: the upper half of a float. Rounding is to the nearest, ties to even; not-a-number stays so.
#ifndef CKERNELS_BF16_H
#define CKERNELS_BF16_H
#include "vector.h"

/// 16-bit values of a pair of a panel's rows.
enum { CK_PAIR_VALUES = 2 * CK_PANEL_COLUMNS };

CK_INLINE uint16_t ck_bf16_from(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  return (uint16_t)((value != value ? bits | 0x400000u : rounded) >> 16);
}

/// The same with ties away from zero, which is quicker: for results of arithmetic, which hardly ever
/// are ties. Not-a-number stays so unless the upper eight bits of its fraction are ones, as arithmetic
/// never makes them.
CK_INLINE uint16_t ck_bf16_near(float value) {
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

/// Which of sixteen columns there are, of the first or the second half of a panel that has `columns`.
CK_INLINE uint16_t ck_column_mask(size_t columns, int half) {
  uint32_t all = columns < CK_PANEL_COLUMNS ? (1u << columns) - 1 : ~0u;
  return (uint16_t)(all >> (CK_LANES * half));
}

#endif
