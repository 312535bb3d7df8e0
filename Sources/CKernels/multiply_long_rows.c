// Products of rows of long blocks with a vector. What a block adds to all values of a group is
// multiplied by the sum of the group's factors, so that the loops see plain small integers.
#include "row_products.h"

enum {
  // Sums of the groups of 16 or 32 factors that fit on the stack: 16,384 columns.
  most_groups = 1024,
  groups_per_vector = 16,
};

/// Adds the products of sixteen small integers.
CK_INLINE void add_integers(floats16 *sums, const unsigned16 *integers, const float *x) {
  floats16 factors;
  memcpy(&factors, x, sizeof factors);
  integers16 wide = __builtin_convertvector(*integers, integers16);
  *sums += __builtin_convertvector(wide, floats16) * factors;
}

/// Scales of eight groups as floats, and minus Σ minimum · group sum added to `sums`.
CK_INLINE void read_groups(float *scales, floats16 *sums, const uint8_t *packed, uint16_t scale,
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
  floats16 factors, values = __builtin_convertvector(group_scales, floats16) * f16_value(scale);
  memcpy(scales, &values, sizeof values);
  memcpy(&factors, group_sums, sizeof factors);
  *sums -= __builtin_convertvector(minimums, floats16) * f16_value(minimum) * factors;
}

/// Adds the products of a block's nibbles, with the bits of `fifth` above them if there are any.
CK_INLINE void add_nibbles(floats16 *sums, const uint8_t *all_nibbles, const uint8_t *fifth,
                           const float *scales, const float *x) {
#pragma unroll
  for (int pair = 0; pair < 4; pair++, x += 64) {
    floats16 even = {0}, odd = {0};
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

CK_INLINE void add_q4_k(floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q4_k *block = (const block_q4_k *)row + c / LONG_BLOCK;
  float scales[groups_per_vector];
  read_groups(scales, sums, block->group_scales, block->scale, block->minimum,
              group_sums + c / 32);
  add_nibbles(sums, block->nibbles, NULL, scales, x + c);
}

CK_INLINE void add_q5_k(floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q5_k *block = (const block_q5_k *)row + c / LONG_BLOCK;
  float scales[groups_per_vector];
  read_groups(scales, sums, block->group_scales, block->scale, block->minimum,
              group_sums + c / 32);
  add_nibbles(sums, block->nibbles, block->fifth, scales, x + c);
}

CK_INLINE void add_q6_k(floats16 *sums, const void *row, size_t c, const float *x,
                        const float *group_sums) {
  const block_q6_k *block = (const block_q6_k *)row + c / LONG_BLOCK;
  bytes16 group_scales;
  floats16 factors;
  float scales[groups_per_vector];
  memcpy(&group_scales, block->group_scales, sizeof group_scales);
  memcpy(&factors, group_sums + c / 16, sizeof factors);
  floats16 values = __builtin_convertvector(group_scales, floats16) * f16_value(block->scale);
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
      floats16 products = {0};
      add_integers(&products, &both, x + i);
      *sums += scales[2 * part + i / CK_LANES] * products;
    }
  }
}

DEFINE_MULTIPLY_ROWS(multiply_q4_k, NO_SCALES, add_q4_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q4_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q5_k, NO_SCALES, add_q5_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q5_k), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q6_k, NO_SCALES, add_q6_k(&sums[k], row[k], c, x, group_sums), LONG_BLOCK,
                     sizeof(block_q6_k), NONE)

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
  const size_t length = format == CK_Q6_K ? 16 : 32, groups = columns / length;
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
  default: multiply_q6_k(y, weights, row_bytes, rows, columns, x, sums); break;
  }
}
