// Products of rows of long blocks with a vector. What a block adds to all values of a group is
// multiplied by the sum of the group's factors, so that the loops see plain small integers.
#include "row_products.h"

enum {
  // Sums of the groups of 16 or 32 factors that fit on the stack: 16,384 columns.
  most_groups = 1024,
  groups_per_vector = 16,
};

/// Adds the products of sixteen small integers.
CK_INLINE void add_integers(ck_floats16 *sums, const unsigned16 *integers, const float *x) {
  ck_floats16 factors;
  memcpy(&factors, x, sizeof factors);
  integers16 wide = __builtin_convertvector(*integers, integers16);
  *sums += __builtin_convertvector(wide, ck_floats16) * factors;
}

/// Scales of eight groups as floats, and minus Σ minimum · group sum added to `sums`.
CK_INLINE void read_groups(float *scales, ck_floats16 *sums, const uint8_t *packed, uint16_t scale,
                           uint16_t minimum, const float *group_sums) {
  uint32_t first, second, last, integers[8] = {0};
  memcpy(&first, packed, sizeof first);
  memcpy(&second, packed + 4, sizeof second);
  memcpy(&last, packed + 8, sizeof last);
  // Four bytes at a time: see ck_group_scale.
  integers[0] = first & 0x3f3f3f3fu;
  integers[1] = (last & 0x0f0f0f0fu) | (first >> 6 & 0x03030303u) << 4;
  integers[4] = second & 0x3f3f3f3fu;
  integers[5] = (last >> 4 & 0x0f0f0f0fu) | (second >> 6 & 0x03030303u) << 4;
  unsigned16 group_scales, minimums;
  memcpy(&group_scales, integers, sizeof group_scales);
  memcpy(&minimums, integers + 4, sizeof minimums);
  ck_floats16 factors, values = __builtin_convertvector(group_scales, ck_floats16) * f16_value(scale);
  memcpy(scales, &values, sizeof values);
  memcpy(&factors, group_sums, sizeof factors);
  *sums -= __builtin_convertvector(minimums, ck_floats16) * f16_value(minimum) * factors;
}

/// Adds the products of a block's nibbles, with the bits of `fifth` above them if there are any.
CK_INLINE void add_nibbles(ck_floats16 *sums, const uint8_t *all_nibbles, const uint8_t *fifth,
                           const float *scales, const float *x) {
#pragma unroll
  for (int pair = 0; pair < 4; pair++, x += 64) {
    ck_floats16 even = {0}, odd = {0};
#pragma unroll
    for (int i = 0; i < 32; i += CK_LANES) {
      unsigned16 nibbles, low, high;
      memcpy(&nibbles, all_nibbles + 32 * pair + i, sizeof nibbles);
      low = nibbles & 15;
      high = nibbles >> 4;
      if (fifth) {
        unsigned16 bits;
        memcpy(&bits, fifth + i, sizeof bits);
        low |= (bits >> (2 * pair) & 1) << 4;
        high |= (bits >> (2 * pair + 1) & 1) << 4;
      }
      add_integers(&even, &low, x + i);
      add_integers(&odd, &high, x + 32 + i);
    }
    *sums += scales[2 * pair] * even;
    *sums += scales[2 * pair + 1] * odd;
  }
}

CK_INLINE void add_q4_k(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q4_k *block = (const block_q4_k *)row + c / LONG_BLOCK;
  float scales[groups_per_vector];
  read_groups(scales, sums, block->group_scales, block->scale, block->minimum,
              group_sums + c / 32);
  add_nibbles(sums, block->nibbles, NULL, scales, x + c);
}

CK_INLINE void add_q5_k(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q5_k *block = (const block_q5_k *)row + c / LONG_BLOCK;
  float scales[groups_per_vector];
  read_groups(scales, sums, block->group_scales, block->scale, block->minimum,
              group_sums + c / 32);
  add_nibbles(sums, block->nibbles, block->fifth, scales, x + c);
}

CK_INLINE void add_q6_k(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q6_k *block = (const block_q6_k *)row + c / LONG_BLOCK;
  bytes16 group_scales;
  ck_floats16 factors;
  float scales[groups_per_vector];
  memcpy(&group_scales, block->group_scales, sizeof group_scales);
  memcpy(&factors, group_sums + c / 16, sizeof factors);
  ck_floats16 values = __builtin_convertvector(group_scales, ck_floats16) * f16_value(block->scale);
  memcpy(scales, &values, sizeof values);
  *sums -= 32.0f * values * factors;
  x += c;
#pragma unroll
  for (int part = 0; part < 8; part++, x += 32) {
    // A part's values lie in the low or the high nibbles of 32 bytes and two bits of 32 others.
    const int half = part / 4, shift = part % 4 / 2 * 4, upper_shift = part % 4 * 2;
#pragma unroll
    for (int i = 0; i < 32; i += CK_LANES) {
      unsigned16 nibbles, upper, both;
      memcpy(&nibbles, block->nibbles + 64 * half + 32 * (part % 2) + i, sizeof nibbles);
      memcpy(&upper, block->upper + 32 * half + i, sizeof upper);
      both = (nibbles >> shift & 15) | (upper >> upper_shift & 3) << 4;
      ck_floats16 products = {0};
      add_integers(&products, &both, x + i);
      *sums += scales[2 * part + i / CK_LANES] * products;
    }
  }
}

/// Adds the products of 32 pairs of bits at `shift` with `third` above them, in two groups of 16.
CK_INLINE void add_pairs(ck_floats16 *sums, const uint8_t *pairs, int shift, const uint8_t *third,
                         int bit, const float *scales, const float *x) {
#pragma unroll
  for (int i = 0; i < 2; i++) {
    unsigned16 bytes, upper, integers;
    memcpy(&bytes, pairs + i * CK_LANES, sizeof bytes);
    integers = bytes >> shift & 3;
    if (third) {
      memcpy(&upper, third + i * CK_LANES, sizeof upper);
      integers |= (upper >> bit & 1) << 2;
    }
    ck_floats16 products = {0};
    add_integers(&products, &integers, x + i * CK_LANES);
    *sums += scales[i] * products;
  }
}

CK_INLINE void add_q2_k(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q2_k *block = (const block_q2_k *)row + c / LONG_BLOCK;
  unsigned16 packed;
  ck_floats16 factors;
  float scales[groups_per_vector];
  memcpy(&packed, block->group_scales, sizeof packed);
  memcpy(&factors, group_sums + c / 16, sizeof factors);
  ck_floats16 values = __builtin_convertvector(packed & 15, ck_floats16) * f16_value(block->scale);
  ck_floats16 minimums = __builtin_convertvector(packed >> 4, ck_floats16) * f16_value(block->minimum);
  memcpy(scales, &values, sizeof values);
  *sums -= minimums * factors;
#pragma unroll
  for (int part = 0; part < 8; part++)
    add_pairs(sums, block->pairs + part / 4 * 32, part % 4 * 2, NULL, 0, scales + 2 * part,
              x + c + 32 * part);
}

CK_INLINE void add_q3_k(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q3_k *block = (const block_q3_k *)row + c / LONG_BLOCK;
  uint32_t low[2], upper, integers[4];
  memcpy(low, block->group_scales, sizeof low);
  memcpy(&upper, block->group_scales + 8, sizeof upper);
  // Four bytes at a time: see ck_sixteenth_scale.
#pragma unroll
  for (int k = 0; k < 4; k++)
    integers[k] = (low[k % 2] >> k / 2 * 4 & 0x0f0f0f0fu) | (upper >> 2 * k & 0x03030303u) << 4;
  unsigned16 group_scales;
  ck_floats16 factors;
  float scales[groups_per_vector];
  memcpy(&group_scales, integers, sizeof group_scales);
  memcpy(&factors, group_sums + c / 16, sizeof factors);
  ck_floats16 values =
    (__builtin_convertvector(group_scales, ck_floats16) - 32.0f) * f16_value(block->scale);
  memcpy(scales, &values, sizeof values);
  *sums -= 4.0f * values * factors;
#pragma unroll
  for (int part = 0; part < 8; part++)
    add_pairs(sums, block->pairs + part / 4 * 32, part % 4 * 2, block->third, part,
              scales + 2 * part, x + c + 32 * part);
}

CK_INLINE void add_iq4_xs(ck_floats16 *sums, const void *row, size_t c, const float *x) {
  const block_iq4_xs *block = (const block_iq4_xs *)row + c / LONG_BLOCK;
  const float scale = f16_value(block->scale);
  x += c;
#pragma unroll
  for (int g = 0; g < 8; g++, x += 32) {
    unsigned16 both;
    ck_floats16 first, second;
    memcpy(&both, block->nibbles + 16 * g, sizeof both);
    memcpy(&first, x, sizeof first);
    memcpy(&second, x + CK_LANES, sizeof second);
    bytes16 low = ck_iq4_values(both & 15), high = ck_iq4_values(both >> 4);
    ck_floats16 products = __builtin_convertvector(low, ck_floats16) * first;
    products += __builtin_convertvector(high, ck_floats16) * second;
    *sums += scale * (float)(ck_iq4_xs_scale(block, g) - 32) * products;
  }
}

DEFINE_MULTIPLY_ROWS(multiply_q4_k, NO_SCALES, add_q4_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q4_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q5_k, NO_SCALES, add_q5_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q5_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q6_k, NO_SCALES, add_q6_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q6_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q2_k, NO_SCALES, add_q2_k(&sums[k], row[k], c, x, group_sums),
                     LONG_BLOCK, sizeof(block_q2_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q3_k, NO_SCALES, add_q3_k(&sums[k], row[k], c, x, group_sums),
                     LONG_BLOCK, sizeof(block_q3_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_iq4_xs, NO_SCALES, add_iq4_xs(&sums[k], row[k], c, x), LONG_BLOCK,
                     sizeof(block_iq4_xs), NONE)

/// Rows whose groups are too many for the stack.
static void multiply_very_long_rows(ck_format format, float *y, const char *weights,
                                    size_t row_bytes, size_t rows, size_t columns,
                                    const float *x) {
  const size_t block_bytes = row_bytes / (columns / LONG_BLOCK);
  float values[LONG_BLOCK];
  for (size_t r = 0; r < rows; r++) {
    const char *block = weights + r * row_bytes;
    float sum = 0;
    for (size_t c = 0; c < columns; c += LONG_BLOCK, block += block_bytes) {
      ck_dequantize(format, values, block, LONG_BLOCK);
      sum += ck_dot(values, x + c, LONG_BLOCK);
    }
    y[r] = sum;
  }
}

void ck_multiply_long_rows(ck_format format, float *y, const char *weights, size_t row_bytes,
                           size_t rows, size_t columns, const float *x) {
  const size_t length = format == CK_Q4_K || format == CK_Q5_K ? 32 : 16, groups = columns / length;
  if (groups > most_groups) {
    multiply_very_long_rows(format, y, weights, row_bytes, rows, columns, x);
    return;
  }
  // Vectors of sums are read whole.
  float sums[most_groups + groups_per_vector] = {0};
  for (size_t g = 0; g < groups; g++)
    for (size_t i = 0; i < length; i++) sums[g] += x[g * length + i];
  switch (format) {
  case CK_Q4_K: multiply_q4_k(y, weights, row_bytes, rows, columns, x, sums); break;
  case CK_Q5_K: multiply_q5_k(y, weights, row_bytes, rows, columns, x, sums); break;
  case CK_Q2_K: multiply_q2_k(y, weights, row_bytes, rows, columns, x, sums); break;
  case CK_Q3_K: multiply_q3_k(y, weights, row_bytes, rows, columns, x, sums); break;
  case CK_IQ4_XS: multiply_iq4_xs(y, weights, row_bytes, rows, columns, x, sums); break;
  default: multiply_q6_k(y, weights, row_bytes, rows, columns, x, sums); break;
  }
}
