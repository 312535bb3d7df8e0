// Weights as ggml stores them. Short blocks take the scale that reaches their largest value; long
// ones look for scales with little squared error among several candidates.
#include "blocks.h"

// The same blocks on every machine: products are rounded before they are added to.
#pragma STDC FP_CONTRACT OFF

CK_INLINE float reciprocal(float x) { return x != 0.0f ? 1.0f / x : 0.0f; }

/// The nearest integer, ties to even, of |x| < 2^22.
CK_INLINE int nearest(float x) {
  const float shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
  return (int)((x + shift) - shift);
}

/// The nearest integer from `low` to `high`; not-a-number becomes `low`.
CK_INLINE int nearest_in(float x, int low, int high) {
  x = x > (float)low ? x : (float)low;
  x = x < (float)high ? x : (float)high;
  return nearest(x);
}

/// The first value of the largest magnitude, with its sign.
CK_INLINE float extreme(const float *x, int count) {
  float value = 0.0f, magnitude = 0.0f;
  for (int i = 0; i < count; i++) {
    float a = fabsf(x[i]);
    value = a > magnitude ? x[i] : value;
    magnitude = a > magnitude ? a : magnitude;
  }
  return value;
}

// Short blocks --------------------------------------------------------------------------------

CK_INLINE void quantize_q8_0(block_q8_0 *restrict out, const float *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += SHORT_BLOCK) {
    float scale = fabsf(extreme(in, 32)) / 127.0f;
    float inverse = reciprocal(scale);
    out[b].scale = ck_f16_from(scale);
    for (int i = 0; i < 32; i++) {
      // To the nearest, halves away from zero.
      float x = in[i] * inverse, a = fabsf(x);
      a = a < 127.0f ? a : 127.0f;
      int q = (int)a;
      q += a - (float)q >= 0.5f;
      out[b].quants[i] = (int8_t)(x < 0.0f ? -q : q);
    }
  }
}

/// x as an unsigned number around `middle`, whose lower end is reached exactly.
CK_INLINE int offset_quant(float x, float middle) {
  x += middle + 0.5f;
  float top = 2.0f * middle - 1.0f;
  x = x > 0.0f ? x : 0.0f;
  return (int)(x < top ? x : top);
}

CK_INLINE void quantize_q4_0(block_q4_0 *restrict out, const float *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += SHORT_BLOCK) {
    float scale = extreme(in, 32) / -8.0f;
    float inverse = reciprocal(scale);
    out[b].scale = ck_f16_from(scale);
    for (int i = 0; i < 16; i++) {
      int low = offset_quant(in[i] * inverse, 8.0f);
      int high = offset_quant(in[i + 16] * inverse, 8.0f);
      out[b].nibbles[i] = (uint8_t)(low | high << 4);
    }
  }
}

CK_INLINE void quantize_q5_0(block_q5_0 *restrict out, const float *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += SHORT_BLOCK) {
    float scale = extreme(in, 32) / -16.0f;
    float inverse = reciprocal(scale);
    uint32_t fifth = 0;
    out[b].scale = ck_f16_from(scale);
    for (int i = 0; i < 16; i++) {
      int low = offset_quant(in[i] * inverse, 16.0f);
      int high = offset_quant(in[i + 16] * inverse, 16.0f);
      out[b].nibbles[i] = (uint8_t)((low & 15) | (high & 15) << 4);
      fifth |= (uint32_t)(low >> 4) << i | (uint32_t)(high >> 4) << (i + 16);
    }
    memcpy(out[b].fifth, &fifth, sizeof fifth);
  }
}

// Long blocks ---------------------------------------------------------------------------------

/// Values in a group this small are stored as zeros.
static const float negligible = 1e-15f;

/// The scale s for which s * q with q in -32...31 lies nearest to 16 values, errors weighted by x².
/// Each candidate rounds the values to integers; for given integers the best s is a quotient of
/// sums (linear least squares), and a larger Σ(w x q)² / Σ(w q²) means a smaller error.
CK_INLINE float symmetric_scale(const float *x) {
  float peak = extreme(x, 16);
  if (!(fabsf(peak) >= negligible)) return 0.0f;
  float best_scale = 0.0f, best = 0.0f;
  for (int candidate = -9; candidate <= 9; candidate++) {
    float inverse = -(32.0f + 0.1f * (float)candidate) / peak;
    float products[16], squares[16];
    for (int i = 0; i < 16; i++) {
      float q = (float)nearest_in(x[i] * inverse, -32, 31), w = x[i] * x[i];
      products[i] = w * x[i] * q;
      squares[i] = w * q * q;
    }
    float product = ck_sum_lanes(products), square = ck_sum_lanes(squares);
    if (square > 0.0f && product * product > best * square) {
      best_scale = product / square;
      best = best_scale * product;
    }
  }
  return best_scale;
}

CK_INLINE void quantize_q6_k(block_q6_k *restrict out, const float *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += LONG_BLOCK) {
    float scales[16];
    for (int g = 0; g < 16; g++) scales[g] = symmetric_scale(in + 16 * g);
    float peak = extreme(scales, 16);
    memset(&out[b], 0, sizeof out[b]);
    if (fabsf(peak) < negligible) continue;
    float inverse = -128.0f / peak;
    out[b].scale = ck_f16_from(1.0f / inverse);
    float scale = ck_f16_value(out[b].scale);
    uint8_t quants[LONG_BLOCK];
    for (int g = 0; g < 16; g++) {
      int step = nearest_in(inverse * scales[g], -128, 127);
      out[b].group_scales[g] = (int8_t)step;
      float factor = scale * (float)step;
      for (int i = 16 * g; i < 16 * g + 16; i++)
        quants[i] = (uint8_t)(factor != 0.0f ? nearest_in(in[i] / factor, -32, 31) + 32 : 32);
    }
    for (int half = 0; half < 2; half++) {
      const uint8_t *q = quants + 128 * half;
      uint8_t *nibbles = out[b].nibbles + 64 * half, *upper = out[b].upper + 32 * half;
      for (int i = 0; i < 32; i++) {
        nibbles[i] = (uint8_t)((q[i] & 15) | (q[i + 64] & 15) << 4);
        nibbles[i + 32] = (uint8_t)((q[i + 32] & 15) | (q[i + 96] & 15) << 4);
        upper[i] = (uint8_t)(q[i] >> 4 | (q[i + 32] >> 4) << 2 | (q[i + 64] >> 4) << 4 |
                             (q[i + 96] >> 4) << 6);
      }
    }
  }
}

/// Σ over a group, in sixteen lanes.
CK_INLINE float sum32(const float *x) {
  float lanes[CK_LANES];
  for (int i = 0; i < 16; i++) lanes[i] = x[i] + x[i + 16];
  return ck_sum_lanes(lanes);
}

typedef struct {
  float scale, minimum; ///< value = scale * q - minimum
} affine;

/// Σ w (scale * q - minimum - x)²
CK_INLINE float affine_error(const float *x, const float *w, const float *q, affine fit) {
  float errors[32];
  for (int i = 0; i < 32; i++) {
    float d = fit.scale * q[i] - fit.minimum - x[i];
    errors[i] = w[i] * d * d;
  }
  return sum32(errors);
}

/// The line through (q, x) with the smallest weighted squared error whose minimum is not negative.
CK_INLINE affine affine_regression(const float *x, const float *w, const float *q, float sum_w,
                                   float sum_x) {
  float wq[32], wqq[32], wxq[32];
  for (int i = 0; i < 32; i++) {
    wq[i] = w[i] * q[i];
    wqq[i] = wq[i] * q[i];
    wxq[i] = wq[i] * x[i];
  }
  float sum_q = sum32(wq), sum_qq = sum32(wqq), sum_xq = sum32(wxq);
  float determinant = sum_w * sum_qq - sum_q * sum_q;
  if (!(determinant > 0.0f)) return (affine){0.0f, -1.0f};
  float scale = (sum_w * sum_xq - sum_x * sum_q) / determinant;
  float minimum = (sum_q * sum_xq - sum_qq * sum_x) / determinant;
  if (minimum < 0.0f) return (affine){sum_xq / sum_qq, 0.0f};
  return (affine){scale, minimum};
}

/// Scale and minimum of 32 values in steps 0...top. Candidates stretch the range from the best
/// minimum so far by some steps, round the values, and fit a line to the result; large values weigh
/// more.
CK_INLINE affine affine_fit(const float *x, int top) {
  float squares[32], w[32], wx[32], q[32], low = 0.0f, high = x[0];
  for (int i = 0; i < 32; i++) {
    squares[i] = x[i] * x[i];
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  if (!(high > low)) return (affine){0.0f, -low};
  float spread = ck_sqrt(sum32(squares) / 32.0f);
  for (int i = 0; i < 32; i++) {
    w[i] = spread + fabsf(x[i]);
    wx[i] = w[i] * x[i];
  }
  float sum_w = sum32(w), sum_x = sum32(wx);
  affine best = {(high - low) / (float)top, -low};
  float least = -1.0f;
  for (int candidate = -1; candidate <= 20; candidate++) {
    float steps = candidate < 0 ? (float)top : (float)top - 1.0f + 0.1f * (float)candidate;
    float inverse = steps / (high + best.minimum);
    for (int i = 0; i < 32; i++)
      q[i] = (float)nearest_in((x[i] + best.minimum) * inverse, 0, top);
    affine fit = candidate < 0 ? best : affine_regression(x, w, q, sum_w, sum_x);
    if (fit.minimum < 0.0f) continue;
    float error = affine_error(x, w, q, fit);
    if (least < 0.0f || error < least) {
      least = error;
      best = fit;
    }
  }
  return best;
}

/// Fits a block's eight groups, stores their scales and gives the 256 integers.
CK_INLINE void quantize_groups(const float *x, int top, uint16_t *scale, uint16_t *minimum,
                               uint8_t *packed, uint8_t *quants) {
  affine fits[8];
  float largest_scale = 0.0f, largest_minimum = 0.0f;
  for (int g = 0; g < 8; g++) {
    fits[g] = affine_fit(x + 32 * g, top);
    largest_scale = fits[g].scale > largest_scale ? fits[g].scale : largest_scale;
    largest_minimum = fits[g].minimum > largest_minimum ? fits[g].minimum : largest_minimum;
  }
  float inverse_scale = largest_scale > 0.0f ? 63.0f / largest_scale : 0.0f;
  float inverse_minimum = largest_minimum > 0.0f ? 63.0f / largest_minimum : 0.0f;
  *scale = ck_f16_from(largest_scale / 63.0f);
  *minimum = ck_f16_from(largest_minimum / 63.0f);
  memset(packed, 0, 12);
  for (int g = 0; g < 8; g++) {
    int s = nearest_in(inverse_scale * fits[g].scale, 0, 63);
    int m = nearest_in(inverse_minimum * fits[g].minimum, 0, 63);
    if (g < 4) {
      packed[g] |= (uint8_t)s;
      packed[g + 4] |= (uint8_t)m;
    } else {
      packed[g + 4] = (uint8_t)((s & 15) | (m & 15) << 4);
      packed[g - 4] |= (uint8_t)(s >> 4 << 6);
      packed[g] |= (uint8_t)(m >> 4 << 6);
    }
    float group_scale = ck_f16_value(*scale) * (float)s;
    float group_minimum = ck_f16_value(*minimum) * (float)m;
    for (int i = 32 * g; i < 32 * g + 32; i++)
      quants[i] = (uint8_t)(group_scale != 0.0f
                              ? nearest_in((x[i] + group_minimum) / group_scale, 0, top)
                              : 0);
  }
}

CK_INLINE void pack_nibbles(uint8_t *nibbles, const uint8_t *quants) {
  for (int pair = 0; pair < 4; pair++, nibbles += 32, quants += 64)
    for (int i = 0; i < 32; i++)
      nibbles[i] = (uint8_t)((quants[i] & 15) | (quants[i + 32] & 15) << 4);
}

CK_INLINE void quantize_q4_k(block_q4_k *restrict out, const float *restrict in, size_t blocks) {
  uint8_t quants[LONG_BLOCK];
  for (size_t b = 0; b < blocks; b++, in += LONG_BLOCK) {
    quantize_groups(in, 15, &out[b].scale, &out[b].minimum, out[b].group_scales, quants);
    pack_nibbles(out[b].nibbles, quants);
  }
}

CK_INLINE void quantize_q5_k(block_q5_k *restrict out, const float *restrict in, size_t blocks) {
  uint8_t quants[LONG_BLOCK];
  for (size_t b = 0; b < blocks; b++, in += LONG_BLOCK) {
    quantize_groups(in, 31, &out[b].scale, &out[b].minimum, out[b].group_scales, quants);
    pack_nibbles(out[b].nibbles, quants);
    memset(out[b].fifth, 0, sizeof out[b].fifth);
    for (int g = 0; g < 8; g++)
      for (int i = 0; i < 32; i++)
        out[b].fifth[i] |= (uint8_t)(quants[32 * g + i] >> 4 << g);
  }
}

CK_DISPATCH
void ck_quantize(ck_format format, void *restrict out, const float *restrict in, size_t count) {
  uint16_t *halves = out;
  switch (format) {
  case CK_F32: memcpy(out, in, count * sizeof(float)); break;
  case CK_F16:
    for (size_t i = 0; i < count; i++) halves[i] = ck_f16_from(in[i]);
    break;
  case CK_BF16:
    for (size_t i = 0; i < count; i++) halves[i] = ck_bf16_from(in[i]);
    break;
  case CK_Q8_0: quantize_q8_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q4_0: quantize_q4_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q5_0: quantize_q5_0(out, in, count / SHORT_BLOCK); break;
  case CK_Q4_K: quantize_q4_k(out, in, count / LONG_BLOCK); break;
  case CK_Q5_K: quantize_q5_k(out, in, count / LONG_BLOCK); break;
  case CK_Q6_K: quantize_q6_k(out, in, count / LONG_BLOCK); break;
  default: break; // a format that is only read
  }
}
