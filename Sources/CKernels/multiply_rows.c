// Products of a stored matrix with one vector, as generation takes them.
#include "row_products.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef _Float16 float16s4 __attribute__((vector_size(8)));
typedef float floats4 __attribute__((vector_size(16)));

// Each adds the products of sixteen single numbers to a row's sums.

CK_INLINE void add_f32(ck_floats16 *sums, const void *row, size_t c, const float *x) {
  ck_floats16 values, factors;
  memcpy(&values, (const float *)row + c, sizeof values);
  memcpy(&factors, x + c, sizeof factors);
  *sums += values * factors;
}

CK_INLINE void add_f16(ck_floats16 *sums, const void *row, size_t c, const float *x) {
  float16s16 halves;
  ck_floats16 factors;
  memcpy(&halves, (const uint16_t *)row + c, sizeof halves);
  memcpy(&factors, x + c, sizeof factors);
  *sums += __builtin_convertvector(halves, ck_floats16) * factors;
}

CK_INLINE void add_bf16(ck_floats16 *sums, const void *row, size_t c, const float *x) {
  halves16 halves;
  ck_floats16 values, factors;
  memcpy(&halves, (const uint16_t *)row + c, sizeof halves);
  ck_words16 words = __builtin_convertvector(halves, ck_words16) << 16;
  memcpy(&values, &words, sizeof values);
  memcpy(&factors, x + c, sizeof factors);
  *sums += values * factors;
}

/// The scales with which the blocks of some rows begin. They are gathered in a general register,
/// converted together and read back from memory, one for a whole register each: what shuffles
/// registers is what these products wait for.
#define DEFINE_READ_SCALES(type)                                                           \
  CK_INLINE void read_scales_##type(float *scales, const char *const *row, size_t block) { \
    uint64_t bits = 0;                                                                     \
    for (int k = 0; k < rows_together; k++)                                                \
      bits |= (uint64_t)((const block_##type *)row[k])[block].scale << 16 * k;             \
    float16s4 halves;                                                                      \
    memcpy(&halves, &bits, sizeof halves);                                                 \
    floats4 values = __builtin_convertvector(halves, floats4);                             \
    memcpy(scales, &values, sizeof values);                                                \
    __asm__ volatile("" : : "r"(scales) : "memory");                                       \
  }
DEFINE_READ_SCALES(q8_0)
DEFINE_READ_SCALES(q4_0)
DEFINE_READ_SCALES(q5_0)
DEFINE_READ_SCALES(q4_1)
DEFINE_READ_SCALES(q5_1)
DEFINE_READ_SCALES(iq4_nl)

// Each adds the products of a block of 32, which starts at element `c`, to a row's sums.

CK_INLINE void add_block(ck_floats16 *sums, const integers16 *low, const integers16 *high, float scale,
                         const float *x) {
  ck_floats16 first, second;
  memcpy(&first, x, sizeof first);
  memcpy(&second, x + CK_LANES, sizeof second);
  ck_floats16 products = __builtin_convertvector(*low, ck_floats16) * first;
  products += __builtin_convertvector(*high, ck_floats16) * second;
  *sums += scale * products;
}

CK_INLINE void add_q8_0(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        float scale) {
  const block_q8_0 *block = (const block_q8_0 *)row + c / SHORT_BLOCK;
  bytes16 first, second;
  memcpy(&first, block->quants, sizeof first);
  memcpy(&second, block->quants + CK_LANES, sizeof second);
  integers16 low = __builtin_convertvector(first, integers16);
  integers16 high = __builtin_convertvector(second, integers16);
  add_block(sums, &low, &high, scale, x + c);
}

CK_INLINE void add_q4_0(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        float scale) {
  const block_q4_0 *block = (const block_q4_0 *)row + c / SHORT_BLOCK;
  unsigned16 nibbles;
  memcpy(&nibbles, block->nibbles, sizeof nibbles);
  integers16 both = __builtin_convertvector(nibbles, integers16);
  integers16 low = (both & 15) - 8, high = (both >> 4) - 8;
  add_block(sums, &low, &high, scale, x + c);
}

/// 32 values of five bits, 0...31.
CK_INLINE void read_fifths(integers16 *low, integers16 *high, const uint8_t *nibbles,
                           const uint8_t *fifth) {
  const ck_words16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  unsigned16 bytes;
  uint32_t upper;
  memcpy(&bytes, nibbles, sizeof bytes);
  memcpy(&upper, fifth, sizeof upper);
  ck_words16 both = __builtin_convertvector(bytes, ck_words16);
  *low = (integers16)((both & 15) | (upper >> lanes & 1) << 4);
  *high = (integers16)(both >> 4 | ((upper >> CK_LANES) >> lanes & 1) << 4);
}

CK_INLINE void add_q5_0(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        float scale) {
  const block_q5_0 *block = (const block_q5_0 *)row + c / SHORT_BLOCK;
  integers16 low, high;
  read_fifths(&low, &high, block->nibbles, block->fifth);
  low -= 16;
  high -= 16;
  add_block(sums, &low, &high, scale, x + c);
}

/// The same of a block that has a minimum.
CK_INLINE void add_block_from(ck_floats16 *sums, const integers16 *low, const integers16 *high,
                              float scale, uint16_t minimum, const float *x) {
  ck_floats16 first, second;
  memcpy(&first, x, sizeof first);
  memcpy(&second, x + CK_LANES, sizeof second);
  *sums += f16_value(minimum) * (first + second);
  add_block(sums, low, high, scale, x);
}

CK_INLINE void add_q4_1(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        float scale) {
  const block_q4_1 *block = (const block_q4_1 *)row + c / SHORT_BLOCK;
  unsigned16 nibbles;
  memcpy(&nibbles, block->nibbles, sizeof nibbles);
  integers16 both = __builtin_convertvector(nibbles, integers16);
  integers16 low = both & 15, high = both >> 4;
  add_block_from(sums, &low, &high, scale, block->minimum, x + c);
}

CK_INLINE void add_q5_1(ck_floats16 *sums, const void *row, size_t c, const float *x,
                        float scale) {
  const block_q5_1 *block = (const block_q5_1 *)row + c / SHORT_BLOCK;
  integers16 low, high;
  read_fifths(&low, &high, block->nibbles, block->fifth);
  add_block_from(sums, &low, &high, scale, block->minimum, x + c);
}

CK_INLINE void add_iq4_nl(ck_floats16 *sums, const void *row, size_t c, const float *x,
                          float scale) {
  const block_iq4_nl *block = (const block_iq4_nl *)row + c / SHORT_BLOCK;
  unsigned16 both;
  memcpy(&both, block->nibbles, sizeof both);
  integers16 low = __builtin_convertvector(ck_iq4_values(both & 15), integers16);
  integers16 high = __builtin_convertvector(ck_iq4_values(both >> 4), integers16);
  add_block(sums, &low, &high, scale, x + c);
}

#if defined(__x86_64__)
#define AVX512 __attribute__((target("arch=x86-64-v4")))

static const unsigned16 all_nibbles = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// What the nibbles stand for fits one register, in which sixteen of them are looked up at once, by
/// the lowest four bits of each lane.
AVX512 CK_INLINE void add_looked_up(ck_floats16 *sums, const uint8_t *nibbles, bytes16 values,
                                    const float *x, float scale) {
  __m512 table = (__m512)__builtin_convertvector(values, ck_floats16);
  __m512i both = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)nibbles));
  __m512 low = _mm512_permutexvar_ps(both, table);
  __m512 high = _mm512_permutexvar_ps(_mm512_srli_epi32(both, 4), table);
  __m512 products = _mm512_mul_ps(low, _mm512_loadu_ps(x));
  products = _mm512_fmadd_ps(high, _mm512_loadu_ps(x + CK_LANES), products);
  *sums = (ck_floats16)_mm512_fmadd_ps(products, _mm512_set1_ps(scale), (__m512)*sums);
}

#define DEFINE_LOOK_UP(type, values)                                                             \
  DEFINE_MULTIPLY_ROWS_FOR(AVX512, look_up_##type, read_scales_##type(scales, row, c / SHORT_BLOCK), \
                           add_looked_up(&sums[k],                                               \
                                         ((const block_##type *)row[k])[c / SHORT_BLOCK].nibbles, \
                                         values, x + c, scales[k]),                              \
                           SHORT_BLOCK, sizeof(block_##type), NONE)
DEFINE_LOOK_UP(q4_0, (bytes16)all_nibbles - 8)
DEFINE_LOOK_UP(iq4_nl, ck_iq4_values(all_nibbles))
#else
#define look_up_q4_0 multiply_q4_0
#define look_up_iq4_nl multiply_iq4_nl
#endif

#define ONE_F32(row, c) ((const float *)(row))[c]
#define ONE_F16(row, c) f16_value(((const uint16_t *)(row))[c])
#define ONE_BF16(row, c) ck_bf16_value(((const uint16_t *)(row))[c])

DEFINE_MULTIPLY_ROWS(multiply_f32, NO_SCALES, add_f32(&sums[k], row[k], c, x), CK_LANES,
                     CK_LANES * sizeof(float), ONE_F32)
DEFINE_MULTIPLY_ROWS(multiply_f16, NO_SCALES, add_f16(&sums[k], row[k], c, x), CK_LANES,
                     CK_LANES * sizeof(uint16_t), ONE_F16)
DEFINE_MULTIPLY_ROWS(multiply_bf16, NO_SCALES, add_bf16(&sums[k], row[k], c, x), CK_LANES,
                     CK_LANES * sizeof(uint16_t), ONE_BF16)
DEFINE_MULTIPLY_ROWS(multiply_q8_0, read_scales_q8_0(scales, row, c / SHORT_BLOCK),
                     add_q8_0(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_q8_0), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q4_0, read_scales_q4_0(scales, row, c / SHORT_BLOCK),
                     add_q4_0(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_q4_0), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q5_0, read_scales_q5_0(scales, row, c / SHORT_BLOCK),
                     add_q5_0(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_q5_0), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q4_1, read_scales_q4_1(scales, row, c / SHORT_BLOCK),
                     add_q4_1(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_q4_1), NONE)
DEFINE_MULTIPLY_ROWS(multiply_q5_1, read_scales_q5_1(scales, row, c / SHORT_BLOCK),
                     add_q5_1(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_q5_1), NONE)
DEFINE_MULTIPLY_ROWS(multiply_iq4_nl, read_scales_iq4_nl(scales, row, c / SHORT_BLOCK),
                     add_iq4_nl(&sums[k], row[k], c, x, scales[k]), SHORT_BLOCK,
                     sizeof(block_iq4_nl), NONE)

void ck_multiply_rows(ck_format format, float *y, const void *weights, size_t row_bytes,
                      size_t rows, size_t columns, const float *x, bool avx512) {
  switch (format) {
  case CK_F32: multiply_f32(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_F16: multiply_f16(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_BF16: multiply_bf16(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q8_0: multiply_q8_0(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q4_0: (avx512 ? look_up_q4_0 : multiply_q4_0)(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q5_0: multiply_q5_0(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q4_1: multiply_q4_1(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q5_1: multiply_q5_1(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_IQ4_NL: (avx512 ? look_up_iq4_nl : multiply_iq4_nl)(y, weights, row_bytes, rows, columns, x, NULL); break;
  case CK_Q4_K:
  case CK_Q5_K:
  case CK_Q6_K:
  case CK_Q2_K:
  case CK_Q3_K:
  case CK_IQ4_XS:
    ck_multiply_long_rows(format, y, weights, row_bytes, rows, columns, x);
    break;
  }
}
