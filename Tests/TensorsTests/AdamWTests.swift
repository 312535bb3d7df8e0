// The optimizer's pass against AdamW written out in Double.
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct AdamWTests {
  /// Longer than two pieces of work, and not a multiple of a register.
  private static let count = 40_003
  private static let clip = 0.25

  private struct State {
    let parameters = Vector(randomValues(count, seed: 1))
    let firstMoments = Vector.zeros(count)
    let secondMoments = Vector.zeros(count)

    func step(_ step: Int, gradients: Vector, weightDecay: Float, team: ThreadTeam) {
      VectorMath.adamW(
        parameters: parameters, gradients: gradients, firstMoments: firstMoments,
        secondMoments: secondMoments, learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
        weightDecay: weightDecay, gradientScale: Float(clip), step: step, team: team)
    }
  }

  /// Subnormal numbers would stay for ever, and slow every step.
  @Test func momentsWithoutGradientsEndAtNothing() {
    let state = State()
    state.firstMoments[1] = 1e-37
    state.firstMoments[2] = -1e-37
    state.secondMoments[1] = 1e-37
    let team = ThreadTeam(threadCount: 1)
    let gradients = Vector.zeros(Self.count)
    for step in 1...100 {
      state.step(step, gradients: gradients, weightDecay: 0, team: team)
      let moments = [state.firstMoments[1], -state.firstMoments[2], state.secondMoments[1]]
      #expect(moments.allSatisfy { $0 == 0 || $0.isNormal && $0 > 0 })
    }
    #expect(state.firstMoments[1] == 0 && state.firstMoments[2] == 0)
    #expect(state.secondMoments[1] == 0)
  }

  @Test(arguments: [0, 0.1] as [Float])
  func tenStepsAreTheFormula(weightDecay: Float) {
    let team = ThreadTeam(threadCount: 2)
    let state = State()
    var p = state.parameters.array.map(Double.init)
    var m = [Double](repeating: 0, count: Self.count)
    var v = m
    for step in 1...10 {
      // From tiny to large, so that epsilon and the moments all matter.
      let scale = pow(10, Float(step % 4) * 3 - 8)
      let gradients = Vector(randomValues(Self.count, seed: 10 + step, deviation: scale))
      state.step(step, gradients: gradients, weightDecay: weightDecay, team: team)
      for index in 0..<Self.count {
        let g = Double(gradients[index]) * Self.clip
        m[index] = 0.9 * m[index] + 0.1 * g
        v[index] = 0.95 * v[index] + 0.05 * g * g
        let mHat = m[index] / (1 - pow(0.9, Double(step)))
        let vHat = v[index] / (1 - pow(0.95, Double(step)))
        p[index] -= 0.01 * Double(weightDecay) * p[index]
        p[index] -= 0.01 * mHat / (vHat.squareRoot() + 1e-8)
      }
    }
    let worst = WorstError("parameters", state.parameters.array, p)
    #expect(worst.error < 3e-6, "\(worst)")
    let first = WorstError("first moments", state.firstMoments.array, m, relativeTo: m.max() ?? 1)
    #expect(first.error < 1e-6, "\(first)")
    let second = WorstError(
      "second moments", state.secondMoments.array, v, relativeTo: v.max() ?? 1)
    #expect(second.error < 1e-6, "\(second)")
  }

  @Test func firstStepMovesByTheLearningRate() {
    let parameters = Vector([0, 0, 0])
    VectorMath.adamW(
      parameters: parameters, gradients: Vector([3, -1e-3, 0]), firstMoments: Vector.zeros(3),
      secondMoments: Vector.zeros(3), learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
      weightDecay: 0, gradientScale: 1, step: 1, team: ThreadTeam(threadCount: 1))
    #expect(WorstError("parameters", parameters.array, [-0.1, 0.1, 0]).error < 2e-6)
  }

  @Test func biasCorrectionFadesAfterManySteps() {
    let parameters = Vector([0])
    VectorMath.adamW(
      parameters: parameters, gradients: Vector([1]), firstMoments: Vector([1]),
      secondMoments: Vector([1]), learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0,
      weightDecay: 0, gradientScale: 1, step: 1_000_000, team: ThreadTeam(threadCount: 1))
    #expect(abs(parameters[0] + 0.1) < 1e-7)
  }

  @Test(arguments: [2, 3])
  func threadCountDoesNotChangeABit(threadCount: Int) {
    let gradients = Vector(randomValues(Self.count, seed: 2))
    let (alone, shared) = (State(), State())
    alone.step(
      1, gradients: gradients, weightDecay: 0.1, team: ThreadTeam(threadCount: 1))
    shared.step(
      1, gradients: gradients, weightDecay: 0.1, team: ThreadTeam(threadCount: threadCount))
    let parametersAgree = alone.parameters.array == shared.parameters.array
    let momentsAgree = alone.secondMoments.array == shared.secondMoments.array
    #expect(parametersAgree && momentsAgree)
  }

  @Test func notANumberInAGradientShows() {
    let parameters = Vector([1, 1])
    VectorMath.adamW(
      parameters: parameters, gradients: Vector([.nan, 1]), firstMoments: Vector.zeros(2),
      secondMoments: Vector.zeros(2), learningRate: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
      weightDecay: 0.1, gradientScale: 1, step: 1, team: ThreadTeam(threadCount: 1))
    #expect(parameters[0].isNaN && parameters[1].isFinite)
  }
}
