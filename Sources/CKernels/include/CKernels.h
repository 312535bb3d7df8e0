// The vector loops whose speed is the product. Plain C over float pointers: no allocation, no
// state, no threads. Each function is compiled for several instruction sets; the loader picks one
// for the CPU that it runs on. Rows are `width` consecutive floats unless a stride is given.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether CPU and operating system run the AVX-512 subset of x86-64-v4.
bool ck_cpu_has_avx512(void);

/// Tells the core that it is in a waiting loop.
static inline void ck_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Norms -------------------------------------------------------------------------------------

/// out = (in - mean) * rstd * weight + bias; bias may be NULL. mean, rstd: one value a row.
void ck_layer_norm_forward(float *out, float *mean, float *rstd, const float *in,
                           const float *weight, const float *bias, size_t rows, size_t width,
                           float epsilon);
/// d_in = gradient of the norm's input, added to what d_in holds (the residual's gradient).
void ck_layer_norm_backward_input(float *d_in, const float *d_out, const float *in,
                                  const float *weight, const float *mean, const float *rstd,
                                  size_t rows, size_t width);
/// Adds the parameters' gradients of columns [first, end); d_bias may be NULL.
void ck_layer_norm_backward_parameters(float *d_weight, float *d_bias, const float *d_out,
                                       const float *in, const float *mean, const float *rstd,
                                       size_t rows, size_t width, size_t first, size_t end);

// Element-wise ------------------------------------------------------------------------------

enum { CK_GELU_TANH = 0, CK_GELU_ERF = 1, CK_RELU = 2 };

/// out[i] = activation(in[i]).
void ck_activation_forward(float *out, const float *in, size_t count, int kind);
/// d[i] *= activation'(in[i]).
void ck_activation_backward(float *d, const float *in, size_t count, int kind);

/// Adds `bias` to every row.
void ck_add_bias(float *out, const float *bias, size_t rows, size_t width);
/// sums[c] += Σ over rows of in[r][c] for columns [first, end).
void ck_add_column_sums(float *sums, const float *in, size_t rows, size_t width, size_t first,
                        size_t end);
/// out[i] = a[i] + b[i]; out may be a or b.
void ck_add(float *out, const float *a, const float *b, size_t count);
/// Σ in[i]², accumulated in double precision.
double ck_sum_of_squares(const float *in, size_t count);

// Dropout -----------------------------------------------------------------------------------

/// A mask that is a pure function of (key, row, column): nothing of it is stored.
typedef struct {
  uint64_t key;       ///< fixes seed, step and place in the model
  uint64_t first_row; ///< number of the first row over the whole global batch
  uint32_t threshold; ///< an element is dropped when its 32 random bits lie below
  float scale;        ///< 1 / (1 - probability)
} ck_dropout;

/// out = residual + dropped(in); residual may be NULL. in may be out.
void ck_dropout_add(float *out, const float *residual, const float *in, size_t rows, size_t width,
                    ck_dropout mask);

// Attention ---------------------------------------------------------------------------------

/// Turns a tile of raw scores into dropped attention weights, in place.
/// Row r is query first_query + r and sees keys 0...first_query + r; the rest of its `columns`
/// becomes 0. log_sum[r] = log Σ exp(scale * score), kept for the backward pass.
void ck_attention_softmax(float *scores, size_t stride, size_t rows, size_t columns,
                          size_t first_query, float scale, float *log_sum,
                          const ck_dropout *mask);
/// From raw scores and the gradient of the dropped weights: scores becomes the dropped weights,
/// d_weights becomes the gradient of the raw scores. delta[r] = Σ d_out · out of query r.
void ck_attention_softmax_backward(float *scores, float *d_weights, size_t stride, size_t rows,
                                   size_t columns, size_t first_query, float scale,
                                   const float *log_sum, const float *delta,
                                   const ck_dropout *mask);
/// Σ a[i] b[i].
float ck_dot(const float *a, const float *b, size_t count);

// Loss --------------------------------------------------------------------------------------

/// Returns -log softmax(logits)[target].
float ck_cross_entropy(const float *logits, size_t count, size_t target);
/// The same, and logits becomes its gradient: softmax(logits) - onehot(target).
float ck_cross_entropy_backward(float *logits, size_t count, size_t target);

// Optimizer ---------------------------------------------------------------------------------

typedef struct {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2; ///< 1 - beta^step
  float gradient_scale;           ///< clip factor / global token count
} ck_adamw_settings;

/// One AdamW step with decoupled weight decay (Loshchilov and Hutter, 2019).
void ck_adamw(float *parameters, const float *gradients, float *first_moments,
              float *second_moments, size_t count, ck_adamw_settings settings);

#endif
