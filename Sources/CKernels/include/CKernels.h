// The vector loops whose speed is the product. Plain C over float pointers: no allocation, no
// state, no threads. Each function is compiled for several instruction sets; the loader picks one
// for the CPU that it runs on, unless an argument names it. Rows are `width` consecutive floats unless
// a stride is given.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Sums run in sixteen lanes whatever the register width is, so that the order of additions, and
/// with it the result, does not depend on it. A whole vector is as many floats.
enum { CK_LANES = 16 };

/// Whether CPU and operating system run the AVX-512 subset of x86-64-v4.
bool ck_cpu_has_avx512(void);
/// Whether they run x86-64-v3.
bool ck_cpu_has_avx2(void);

/// Tells the core that it is in a waiting loop.
static inline void ck_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Embedding ---------------------------------------------------------------------------------

/// Rows [first, end) of sequences of `time` tokens: out[r] = tokens[ids[r]] + positions[r % time].
void ck_embed(float *out, const float *tokens, const float *positions, const int32_t *ids,
              size_t time, size_t width, size_t first, size_t end);
/// Adds columns [first, end) of every row's gradient to its token's and its position's.
void ck_embed_backward(float *d_tokens, float *d_positions, const float *d_out, const int32_t *ids,
                       size_t rows, size_t time, size_t width, size_t first, size_t end);

// Norms -------------------------------------------------------------------------------------

/// out = (in - mean) * rstd * weight + bias; bias may be NULL. mean, rstd: one value a row.
void ck_layer_norm_forward(float *out, float *mean, float *rstd, const float *in,
                           const float *weight, const float *bias, size_t rows, size_t width,
                           float epsilon);
/// Adds the gradient of the norm's input to d_in (which holds the residual's gradient), and those of
/// its parameters to theirs; d_bias may be NULL.
void ck_layer_norm_backward(float *d_in, float *d_weight, float *d_bias, const float *d_out,
                            const float *in, const float *weight, const float *mean,
                            const float *rstd, size_t rows, size_t width);

// Element-wise ------------------------------------------------------------------------------

enum { CK_GELU_TANH = 0, CK_GELU_ERF = 1, CK_RELU = 2 };

/// out[i] = activation(in[i]).
void ck_activation_forward(float *out, const float *in, size_t count, int kind);
/// d[i] *= activation'(in[i]).
void ck_activation_backward(float *d, const float *in, size_t count, int kind);
/// before = in + bias, unless that is null, and after = activation(in + bias), both rounded to
/// bfloat16.
void ck_bias_activation_bf16(uint16_t *before, size_t before_stride, uint16_t *after,
                             size_t after_stride, const float *in, const float *bias, size_t rows,
                             size_t width, int kind);
/// out = d activation'(before), rounded to bfloat16.
void ck_activation_backward_bf16(uint16_t *out, size_t out_stride, const float *d,
                                 const uint16_t *before, size_t before_stride, size_t rows,
                                 size_t width, int kind);

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
/// Row r is query first_query + r and sees keys 0...first_query + r. The rest of its `columns` becomes
/// 0, and so does the rest of the last whole vector that is seen: rows must have room for it.
/// log_sum[r] = log Σ exp(scale * score), kept for the backward pass.
void ck_attention_softmax(float *scores, size_t stride, size_t rows, size_t columns,
                          size_t first_query, float scale, float *log_sum,
                          const ck_dropout *mask);
/// From raw scores and the gradient of the dropped weights: scores becomes the dropped weights,
/// d_weights becomes the gradient of the raw scores. delta[r] = Σ d_out · out of query r.
void ck_attention_softmax_backward(float *scores, float *d_weights, size_t stride, size_t rows,
                                   size_t columns, size_t first_query, float scale,
                                   const float *log_sum, const float *delta,
                                   const ck_dropout *mask);
/// Rounded weights exp(scale * (score - largest of its row)), dropped but not yet divided by their
/// sum before that, whose inverse is inverse_sum[r]. Otherwise as ck_attention_softmax.
void ck_attention_weights_bf16(uint16_t *weights, size_t weight_stride, const float *scores,
                               size_t stride, size_t rows, size_t columns, size_t first_query,
                               float scale, float *log_sum, float *inverse_sum,
                               const ck_dropout *mask);
/// As ck_attention_softmax_backward, with rounded results of their own: the dropped weights, and the
/// gradient of the raw scores.
void ck_attention_gradient_bf16(uint16_t *weights, uint16_t *d_scores, size_t weight_stride,
                                const float *scores, const float *d_weights, size_t stride,
                                size_t rows, size_t columns, size_t first_query, float scale,
                                const float *log_sum, const float *delta,
                                const ck_dropout *mask);

// Products of floats -------------------------------------------------------------------------

/// Columns of a panel of floats, and rows of a tile of the result: their sums fill 24 registers of
/// AVX-512. A depth is at least 1.
enum { CK_PANEL_FLOATS = 64, CK_TILE_ROWS = 6 };

/// A packed second factor, depth × columns: panels of CK_PANEL_FLOATS columns one after another, the
/// last one padded with zeros to whole vectors; each lies row by row.
typedef struct {
  const float *values;
  size_t depth, columns;
} ck_panels;

/// Packs a matrix whose rows lie `stride` apart: depth × columns, or columns × depth. `avx512` here
/// and below only where ck_cpu_has_avx512().
void ck_pack_floats(float *panels, const float *in, size_t stride, size_t depth, size_t columns);
void ck_pack_floats_transposed(float *panels, const float *in, size_t stride, size_t depth,
                               size_t columns, bool avx512);

/// out = or += a b; out: rows × columns of b.
void ck_multiply_floats(const float *a, size_t a_stride, ck_panels b, float *out, size_t stride,
                        size_t rows, bool accumulate, bool avx512);

/// Floats of scratch for a product with a transposed factor: packed blocks of both factors.
enum { CK_TRANSPOSED_SCRATCH = 96 * 1024 };

/// out = or += aᵀ b; a: depth × rows, b: depth × columns, out: rows × columns.
void ck_multiply_transposed_floats(const float *a, size_t a_stride, const float *b,
                                   size_t b_stride, float *out, size_t stride, size_t rows,
                                   size_t depth, size_t columns, bool accumulate, float *scratch,
                                   bool avx512);
/// The same with a b that is packed.
void ck_multiply_transposed_panels(const float *a, size_t a_stride, ck_panels b, float *out,
                                   size_t stride, size_t rows, bool accumulate, float *scratch,
                                   bool avx512);

/// Where the keys are that a query sees: query q of the block the keys 0...first + q.
typedef enum {
  CK_SEEN_COLUMNS, ///< out has queries in rows and keys in columns; what is hidden is undefined,
                   ///< and rows have room for the panels of b that `columns` reaches into
  CK_SEEN_DEPTH,   ///< a has queries in rows and keys in columns, out's rows are queries
  CK_SEEN_ROWS,    ///< a has queries in rows and keys in columns, out's rows are keys: aᵀ b
  CK_SEEN_ALL,     ///< no mask
} ck_causal_form;

/// out = or += a b in the given form, with the first `depth` rows and `columns` columns of b. The
/// hidden part of a is not read but for up to CK_LANES values beside what is seen, which must be 0.
void ck_causal_multiply(ck_causal_form form, const float *a, size_t a_stride, ck_panels b,
                        float *out, size_t stride, size_t rows, size_t depth, size_t columns,
                        size_t first, bool accumulate, bool avx512);
/// Σ a[i] b[i].
float ck_dot(const float *a, const float *b, size_t count);
/// out[r] = Σ of a's row r times b's row r.
void ck_row_dots(float *out, const float *a, size_t a_stride, const float *b, size_t b_stride,
                 size_t rows, size_t width);

// Loss --------------------------------------------------------------------------------------

/// out[r] = the largest of row r, or of that and out[r].
void ck_row_maxima(float *out, const float *in, size_t stride, size_t rows, size_t width,
                   bool keep_larger);
/// out = exp(in[r] - references[r]), rounded to bfloat16, or nowhere if out is null;
/// sums[r * sums_stride] = Σ of row r before rounding.
void ck_exponentials_bf16(uint16_t *out, size_t out_stride, const float *in, size_t stride,
                          size_t rows, size_t width, const float *references, float *sums,
                          size_t sums_stride);
/// The same unrounded. out may not be in.
void ck_exponentials(float *out, size_t out_stride, const float *in, size_t stride, size_t rows,
                     size_t width, const float *references, float *sums, size_t sums_stride);
/// out += factor * in.
void ck_add_scaled(float *out, const float *in, float factor, size_t count);
void ck_add_scaled_bf16(float *out, const uint16_t *in, float factor, size_t count);
/// out[r] = factors[r] * in[r].
void ck_scale_rows(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows,
                   size_t width, const float *factors);
/// The same, rounded to bfloat16.
void ck_round_scaled_rows(uint16_t *out, size_t out_stride, const float *in, size_t in_stride,
                          size_t rows, size_t width, const float *factors);
/// The same from bfloat16.
void ck_scale_rows_bf16(uint16_t *out, size_t out_stride, const uint16_t *in, size_t in_stride,
                        size_t rows, size_t width, const float *factors);
/// out[r] += Σ weights[c] in[r][c].
void ck_add_weighted_sums_bf16(float *out, const uint16_t *in, size_t stride, size_t rows,
                               size_t width, const float *weights);
/// out[r] = factors[r] * (Σ of row r of `parts` matrices that lie part_stride floats apart)
///          + other_factors[r] * other[others[r]], the last only where others[r] is not negative.
void ck_combine_rows(float *out, const float *parts, size_t part_count, size_t part_stride,
                     const float *factors, const float *other, const float *other_factors,
                     const int32_t *others, size_t rows, size_t width);

// Sampling ----------------------------------------------------------------------------------

/// The first place of the largest of at least one value.
size_t ck_index_of_maximum(const float *x, size_t count);
/// Replaces x by exp(scale * (x - the largest x)) and returns the sum.
float ck_exponentiate(float *x, size_t count, float scale);
/// The first place up to which the weights have more than `target` together; `count` if all have not.
size_t ck_pick(const float *weights, size_t count, double target);
/// The places of values from `least` on, in order; returns their number. places: room for `count`.
size_t ck_select(const float *x, size_t count, float least, uint32_t *places);

// Generation --------------------------------------------------------------------------------

/// Keys of consecutive tokens that are kept together, [width][CK_KEY_GROUP].
enum { CK_KEY_GROUP = 16 };
/// out = softmax(scale · query · keys) · values over the first `count` tokens. keys: in whole groups,
/// finite also behind the last token; values: [count][width]; scores: scratch for whole groups.
void ck_attend(float *out, const float *query, const float *keys, const float *values,
               size_t count, size_t width, float scale, float *scores);

// Optimizer ---------------------------------------------------------------------------------

typedef struct {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2; ///< 1 - beta^step
  float gradient_scale;           ///< clip factor / global token count
} ck_adamw_settings;

/// One AdamW step with decoupled weight decay (Loshchilov and Hutter, 2019).
void ck_adamw(float *parameters, const float *gradients, float *first_moments,
              float *second_moments, size_t count, ck_adamw_settings settings);

// bfloat16 ----------------------------------------------------------------------------------

enum { CK_PANEL_COLUMNS = 32 };

/// A row-major matrix of floats, or of bfloat16 values where `floats` is NULL.
typedef struct {
  const float *floats;
  const uint16_t *halves;
  size_t rows, columns, stride;
} ck_bf16_source;

/// Pairs of rows in a panel: the depth in whole steps of 32.
static inline size_t ck_panel_pairs(size_t depth) { return (depth + 31) / 32 * 16; }

/// Depth over which fixed point shares a scale, and the 16-bit values of so much of a panel: a
/// float's scale for each column, then pairs of rows.
enum { CK_STRETCH = 256, CK_STRETCH_VALUES = (CK_STRETCH + 2) * CK_PANEL_COLUMNS };

/// 16-bit values of a panel, with what scales take if it is packed as fixed point.
static inline size_t ck_panel_values(size_t depth) {
  size_t stretches = (depth + CK_STRETCH - 1) / CK_STRETCH;
  return 2 * CK_PANEL_COLUMNS * (ck_panel_pairs(depth) + stretches);
}

void ck_bf16_convert(uint16_t *out, const float *in, size_t count);
void ck_bf16_widen(float *out, const uint16_t *in, size_t count);
/// Packs columns of `in`, depth × columns, into panels [first, end) of 32 columns each; a panel is
/// ck_panel_values(depth) values.
void ck_pack_panels(uint16_t *out, ck_bf16_source in, size_t first, size_t end);
/// The same of the transpose of `in`, columns × depth.
void ck_pack_panels_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end);
/// Both, for blocks of 32 rows [first, end) of `in`, past the caches.
void ck_pack_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                  size_t end);
/// As ck_pack_panels and ck_pack_panels_transposed, as fixed point.
void ck_pack_fixed(uint16_t *out, ck_bf16_source in, size_t first, size_t end);
void ck_pack_fixed_transposed(uint16_t *out, ck_bf16_source in, size_t first, size_t end);
/// Both of floats, for squares [first, end) of CK_STRETCH × CK_STRETCH values of `in`, row by row, past
/// the caches.
void ck_pack_fixed_both(uint16_t *plain, uint16_t *transposed, ck_bf16_source in, size_t first,
                        size_t end);
/// Rows [first, end) of the transpose of `in`; each is padded with zeros to whole steps of 32.
/// `first` is a multiple of 32. sums[r] += Σ of row r, if sums is not null.
/// `past_caches`: what is written will not be read soon.
void ck_transpose_bf16(uint16_t *out, size_t out_stride, ck_bf16_source in, size_t first,
                       size_t end, float *sums, bool past_caches);

/// How products of bfloat16 matrices are computed.
typedef enum {
  CK_BF16_PORTABLE,
  /// AVX-512 without bfloat16 instructions.
  CK_BF16_AVX512,
  /// AVX-512 with the dot product of bfloat16 pairs.
  CK_BF16_AVX512_BF16,
  /// AMX's tile registers.
  CK_BF16_AMX,
  /// AMX's sequence of instructions in plain C: for tests.
  CK_BF16_TILES_IN_C,
  /// AVX-512 with the dot product of 16-bit integers, on fixed point.
  CK_BF16_AVX512_VNNI,
  /// The same in registers of 256 bits.
  CK_BF16_AVX_VNNI,
  /// Fixed point with AVX2's products and sums of 16-bit integers.
  CK_BF16_AVX2_INTEGERS,
  /// Fixed point in plain C: for tests.
  CK_BF16_FIXED_IN_C,
} ck_bf16_path;

/// Whether a path reads its second factor as fixed point.
static inline bool ck_bf16_is_fixed(ck_bf16_path path) {
  return path == CK_BF16_AVX512_VNNI || path == CK_BF16_AVX_VNNI || path == CK_BF16_AVX2_INTEGERS ||
         path == CK_BF16_FIXED_IN_C;
}

/// Whether this CPU and operating system run a path.
bool ck_bf16_has(ck_bf16_path path);
/// How many times as fast as floats a path's dot products, of bfloat16 or of integers, are multiplied
/// here: measured in about a millisecond. 0 where the CPU lacks them. Intel's server cores since
/// 2023 take four times as long for one of bfloat16 as for a multiply-add of floats, of which it
/// does two.
double ck_bf16_speed(ck_bf16_path path);
/// c (rows × columns) = or += a (rows × depth) times the packed factor, in single precision; the
/// factor's panels start `panel_stride` values apart.
/// The depth is at least 1. Columns of a up to a whole step of 32 are multiplied by zeros: they must be
/// finite. Rows up to a whole step of 32 may be read and are dropped.
void ck_multiply_bf16(ck_bf16_path path, size_t rows, size_t columns, size_t depth,
                      const uint16_t *a, size_t a_stride, const uint16_t *panels,
                      size_t panel_stride, float *c, size_t c_stride, bool accumulate);
/// The same with a factor that is packed as fixed point. Of a nothing is read but its rows and columns;
/// column k is multiplied by depth_factors[k] first, unless that is null.
void ck_multiply_fixed(ck_bf16_path path, size_t rows, size_t columns, size_t depth,
                       const uint16_t *a, size_t a_stride, const float *depth_factors,
                       const uint16_t *panels, size_t panel_stride, float *c, size_t c_stride,
                       bool accumulate);

// Stored weights ----------------------------------------------------------------------------

/// How weights lie in files and in memory: the layouts of ggml's types of the same names.
typedef enum {
  CK_F32,
  CK_F16,
  CK_BF16,
  CK_Q8_0,
  CK_Q4_0,
  CK_Q5_0,
  CK_Q4_K,
  CK_Q5_K,
  CK_Q6_K,
  // Read, but not written.
  CK_Q4_1,
  CK_Q5_1,
  CK_IQ4_NL,
  CK_Q2_K,
  CK_Q3_K,
  CK_IQ4_XS,
} ck_format;

/// out = the `count` values stored at `in`: whole blocks. `in` starts at an even address, floats at
/// any that holds floats.
void ck_dequantize(ck_format format, float *out, const void *in, size_t count);
/// The reverse, to the format's precision, for formats that are written.
void ck_quantize(ck_format format, void *out, const float *in, size_t count);
/// y[r] = Σ_c weights[r][c] · x[c]; rows of weights are whole blocks and start `row_bytes` apart.
/// `avx512` only where ck_cpu_has_avx512().
void ck_multiply_rows(ck_format format, float *y, const void *weights, size_t row_bytes,
                      size_t rows, size_t columns, const float *x, bool avx512);

#endif
