// Rows of the token and position embeddings: gathered, and their gradients scattered.
#include "CKernels.h"
#include "vector.h"

CK_DISPATCH
void ck_embed(float *restrict out, const float *restrict tokens, const float *restrict positions,
              const int32_t *ids, size_t time, size_t width, size_t first, size_t end) {
  for (size_t r = first; r < end; r++) {
    const float *token = tokens + (size_t)ids[r] * width;
    const float *position = positions + r % time * width;
    for (size_t c = 0; c < width; c++) out[r * width + c] = token[c] + position[c];
  }
}

CK_DISPATCH
void ck_embed_backward(float *restrict d_tokens, float *restrict d_positions,
                       const float *restrict d_out, const int32_t *ids, size_t rows, size_t time,
                       size_t width, size_t first, size_t end) {
  for (size_t r = 0; r < rows; r++) {
    const float *gradient = d_out + r * width;
    float *token = d_tokens + (size_t)ids[r] * width;
    float *position = d_positions + r % time * width;
    for (size_t c = first; c < end; c++) {
      token[c] += gradient[c];
      position[c] += gradient[c];
    }
  }
}
