// The optimizer's pass over parameters, gradients and both moments.
#include "CKernels.h"
#include "vector.h"
#include <float.h>

/// Without gradients moments would fade to the smallest subnormal numbers and stay there, with which
/// CPUs are slow.
CK_INLINE float without_subnormals(float value) {
  return __builtin_elementwise_abs(value) < FLT_MIN ? 0.0f : value;
}

CK_DISPATCH
void ck_adamw(float *restrict parameters, const float *restrict gradients,
              float *restrict first_moments, float *restrict second_moments, size_t count,
              ck_adamw_settings s) {
  const float keep = 1.0f - s.learning_rate * s.weight_decay;
  const float rate = s.learning_rate / s.correction1;
  const float root_scale = 1.0f / ck_sqrt(s.correction2);
  for (size_t i = 0; i < count; i++) {
    float g = gradients[i] * s.gradient_scale;
    float m = s.beta1 * first_moments[i] + (1.0f - s.beta1) * g;
    float v = s.beta2 * second_moments[i] + (1.0f - s.beta2) * g * g;
    first_moments[i] = without_subnormals(m);
    second_moments[i] = without_subnormals(v);
    parameters[i] = keep * parameters[i] - rate * m / (ck_sqrt(v) * root_scale + s.epsilon);
  }
}
