// The non-linear functions of the feed-forward layer, in both precisions of products.
#include "CKernels.h"
#include "bf16.h"
#include "vector.h"

static const float tanh_scale = 0.7978845608f; // sqrt(2 / pi)
static const float tanh_cubic = 0.044715f;

/// (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)) for u = tanh_scale (x + tanh_cubic x^3).
CK_INLINE float gelu_gate(float x) {
  float minus_twice = x * (x * x * (-2.0f * tanh_scale * tanh_cubic) - 2.0f * tanh_scale);
  return 1.0f / (1.0f + ck_exp(minus_twice));
}

CK_INLINE float gelu_tanh(float x) { return x * gelu_gate(x); }

/// With g the gate, g + x g', where g' = 2 g (1 - g) u': nothing cancels left of zero. Far out, where g'
/// is 0, the square is kept from being infinite.
CK_INLINE float gelu_tanh_slope(float x) {
  float gate = gelu_gate(x), square = x * x;
  square = square < 1e4f ? square : 1e4f;
  float twice_inner = 2.0f * tanh_scale + square * (6.0f * tanh_scale * tanh_cubic);
  return gate + x * gate * (1.0f - gate) * twice_inner;
}

CK_INLINE float gelu_erf(float x) { return 0.5f * x * (1.0f + ck_erf(x * 0.7071067812f)); }

CK_INLINE float gelu_erf_slope(float x) {
  float density = 0.3989422804f * ck_exp(-0.5f * x * x); // 1 / sqrt(2 pi)
  return 0.5f * (1.0f + ck_erf(x * 0.7071067812f)) + x * density;
}

CK_DISPATCH
void ck_activation_forward(float *out, const float *in, size_t count, int kind) {
  switch (kind) {
  case CK_GELU_TANH:
    CK_IN_PLACE
    for (size_t i = 0; i < count; i++) out[i] = gelu_tanh(in[i]);
    break;
  case CK_GELU_ERF:
    CK_IN_PLACE
    for (size_t i = 0; i < count; i++) out[i] = gelu_erf(in[i]);
    break;
  default:
    // Written so that not-a-number passes through.
    CK_IN_PLACE
    for (size_t i = 0; i < count; i++) out[i] = in[i] < 0.0f ? 0.0f : in[i];
  }
}

CK_DISPATCH
void ck_activation_backward(float *restrict d, const float *restrict in, size_t count, int kind) {
  switch (kind) {
  case CK_GELU_TANH:
    for (size_t i = 0; i < count; i++) d[i] *= gelu_tanh_slope(in[i]);
    break;
  case CK_GELU_ERF:
    for (size_t i = 0; i < count; i++) d[i] *= gelu_erf_slope(in[i]);
    break;
  default:
    for (size_t i = 0; i < count; i++) d[i] = in[i] > 0.0f ? d[i] : 0.0f;
  }
}

CK_INLINE float activated(float x, int kind) {
  return kind == CK_GELU_TANH ? gelu_tanh(x) : kind == CK_GELU_ERF ? gelu_erf(x) : x < 0.0f ? 0.0f : x;
}

CK_INLINE float slope(float x, int kind) {
  return kind == CK_GELU_TANH  ? gelu_tanh_slope(x)
         : kind == CK_GELU_ERF ? gelu_erf_slope(x)
         : x > 0.0f            ? 1.0f
                               : 0.0f;
}

/// One row; `kind` and whether there is a bias are constants where this is inlined.
CK_INLINE void round_activated(uint16_t *restrict before, uint16_t *restrict after,
                               const float *restrict in, const float *restrict bias, size_t width,
                               int kind) {
  for (size_t c = 0; c < width; c++) {
    float x = bias ? in[c] + bias[c] : in[c];
    before[c] = ck_bf16_near(x);
    after[c] = ck_bf16_near(activated(x, kind));
  }
}

CK_INLINE void round_activated_rows(uint16_t *before, size_t before_stride, uint16_t *after,
                                    size_t after_stride, const float *in, const float *bias,
                                    size_t rows, size_t width, int kind) {
  for (size_t r = 0; r < rows; r++) {
    uint16_t *x = before + r * before_stride, *y = after + r * after_stride;
    if (bias)
      round_activated(x, y, in + r * width, bias, width, kind);
    else
      round_activated(x, y, in + r * width, 0, width, kind);
  }
}

CK_DISPATCH
void ck_bias_activation_bf16(uint16_t *before, size_t before_stride, uint16_t *after,
                             size_t after_stride, const float *in, const float *bias, size_t rows,
                             size_t width, int kind) {
  switch (kind) {
  case CK_GELU_TANH:
    round_activated_rows(before, before_stride, after, after_stride, in, bias, rows, width,
                         CK_GELU_TANH);
    break;
  case CK_GELU_ERF:
    round_activated_rows(before, before_stride, after, after_stride, in, bias, rows, width,
                         CK_GELU_ERF);
    break;
  default:
    round_activated_rows(before, before_stride, after, after_stride, in, bias, rows, width,
                         CK_RELU);
  }
}

CK_INLINE void round_slopes(uint16_t *restrict out, size_t out_stride, const float *restrict d,
                            const uint16_t *restrict before, size_t before_stride, size_t rows,
                            size_t width, int kind) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++)
      out[r * out_stride + c] = ck_bf16_near(
          d[r * width + c] * slope(ck_bf16_value(before[r * before_stride + c]), kind));
}

CK_DISPATCH
void ck_activation_backward_bf16(uint16_t *out, size_t out_stride, const float *d,
                                 const uint16_t *before, size_t before_stride, size_t rows,
                                 size_t width, int kind) {
  switch (kind) {
  case CK_GELU_TANH:
    round_slopes(out, out_stride, d, before, before_stride, rows, width, CK_GELU_TANH);
    break;
  case CK_GELU_ERF:
    round_slopes(out, out_stride, d, before, before_stride, rows, width, CK_GELU_ERF);
    break;
  default: round_slopes(out, out_stride, d, before, before_stride, rows, width, CK_RELU);
  }
}
