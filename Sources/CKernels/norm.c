// Layer norm (Ba, Kiros and Hinton, 2016): biased variance, epsilon inside the root.
#include "CKernels.h"
#include "vector.h"

CK_DISPATCH
void ck_layer_norm_forward(float *restrict out, float *restrict mean, float *restrict rstd,
                           const float *restrict in, const float *restrict weight,
                           const float *restrict bias, size_t rows, size_t width, float epsilon) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = in + r * width;
    float *y = out + r * width;
    float lanes[CK_LANES] = {0};
    size_t c = 0;
    for (; c + CK_LANES <= width; c += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) lanes[i] += x[c + i];
    float sum = ck_sum_lanes(lanes);
    for (; c < width; c++) sum += x[c];
    float m = sum / (float)width;

    memset(lanes, 0, sizeof lanes);
    for (c = 0; c + CK_LANES <= width; c += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) {
        float d = x[c + i] - m;
        lanes[i] += d * d;
      }
    float squares = ck_sum_lanes(lanes);
    for (; c < width; c++) squares += (x[c] - m) * (x[c] - m);
    float s = 1.0f / ck_sqrt(squares / (float)width + epsilon);

    if (bias)
      for (c = 0; c < width; c++) y[c] = (x[c] - m) * s * weight[c] + bias[c];
    else
      for (c = 0; c < width; c++) y[c] = (x[c] - m) * s * weight[c];
    mean[r] = m;
    rstd[r] = s;
  }
}

// With n = (x - mean) * rstd and g = d_out * weight:
// d_in = rstd * (g - average(g) - n * average(g * n)), d_weight = Σ d_out * n, d_bias = Σ d_out.
CK_DISPATCH
void ck_layer_norm_backward(float *restrict d_in, float *restrict d_weight, float *restrict d_bias,
                            const float *restrict d_out, const float *restrict in,
                            const float *restrict weight, const float *restrict mean,
                            const float *restrict rstd, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    const float *x = in + r * width, *dy = d_out + r * width;
    float *dx = d_in + r * width;
    float m = mean[r], s = rstd[r];
    float plain[CK_LANES] = {0}, weighted[CK_LANES] = {0};
    size_t c = 0;
    for (; c + CK_LANES <= width; c += CK_LANES)
      for (int i = 0; i < CK_LANES; i++) {
        float g = dy[c + i] * weight[c + i];
        plain[i] += g;
        weighted[i] += g * ((x[c + i] - m) * s);
      }
    float g_sum = ck_sum_lanes(plain), gn_sum = ck_sum_lanes(weighted);
    for (; c < width; c++) {
      float g = dy[c] * weight[c];
      g_sum += g;
      gn_sum += g * ((x[c] - m) * s);
    }
    float g_average = g_sum / (float)width, gn_average = gn_sum / (float)width;
    for (c = 0; c < width; c++) {
      float n = (x[c] - m) * s;
      dx[c] += s * (dy[c] * weight[c] - g_average - n * gn_average);
      d_weight[c] += dy[c] * n;
    }
    if (d_bias)
      for (c = 0; c < width; c++) d_bias[c] += dy[c];
  }
}
