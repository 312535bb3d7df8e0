// The optimizer's pass over memory.
import CKernels

extension VectorMath {
  /// One AdamW step with decoupled weight decay (Loshchilov and Hutter, 2019) over equally long
  /// vectors. `gradientScale` multiplies the gradients first; `step` counts from 1.
  package static func adamW(
    parameters: Vector, gradients: Vector, firstMoments: Vector, secondMoments: Vector,
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    gradientScale: Float, step: Int, team: ThreadTeam
  ) {
    precondition(
      gradients.count == parameters.count && firstMoments.count == parameters.count
        && secondMoments.count == parameters.count && step >= 1, "AdamW: shapes do not fit")
    let settings = ck_adamw_settings(
      learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weight_decay: weightDecay, correction1: biasCorrection(beta1, step),
      correction2: biasCorrection(beta2, step), gradient_scale: gradientScale)
    team.runRanges(
      parameters.count, minimum: minimumPiece, alignment: ParameterLayout.alignment
    ) {
      unsafe ck_adamw(
        parameters[$0].pointer, gradients[$0].pointer, firstMoments[$0].pointer,
        secondMoments[$0].pointer, $0.count, settings)
    }
  }

  /// 1 - beta^step, in double precision: in single it would lose most digits for beta near 1.
  private static func biasCorrection(_ beta: Float, _ step: Int) -> Float {
    Float(1 - power(Double(beta), step))
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
