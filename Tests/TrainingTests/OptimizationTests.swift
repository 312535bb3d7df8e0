// Learning rate, clipping and decay.
import Tensors
import TestSupport
import Testing
import Training

struct OptimizationTests {
  private let schedule = LearningRateSchedule(
    learningRate: 3e-4, minimumLearningRate: 3e-5, warmupSteps: 50, decaySteps: 500)

  /// nanoGPT's get_lr(it) with it = step - 1.
  @Test(
    arguments: [
      (1, 3e-4 / 51), (2, 3e-4 * 2 / 51), (50, 3e-4 * 50 / 51), (51, 3e-4), (276, 1.65e-4),
      (501, 3e-5), (502, 3e-5), (1_000_000_000, 3e-5),
    ] as [(Int, Double)])
  func theScheduleIsNanoGPTs(_ step: Int, _ rate: Double) {
    #expect(abs(schedule.rate(atStep: step) / rate - 1) < 1e-12)
  }

  @Test func theScheduleFallsAllTheWay() {
    let rates = (51...501).map(schedule.rate(atStep:))
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func warmupMayBeNothingOrEverything() {
    func rates(warmup: Int, decay: Int) -> [Double] {
      let schedule = LearningRateSchedule(
        learningRate: 1, minimumLearningRate: 0.5, warmupSteps: warmup, decaySteps: decay)
      return (1...4).map(schedule.rate(atStep:))
    }
    #expect(rates(warmup: 0, decay: 2) == [1, 0.75, 0.5, 0.5])
    #expect(rates(warmup: 3, decay: 3) == [0.25, 0.5, 0.75, 0.5])
    #expect(rates(warmup: 3, decay: 1) == [0.25, 0.5, 0.75, 0.5])
  }

  @Test(
    arguments: [
      (0.0, 1.0, 1.0), (0.5, 1, 1), (0.999_998, 1, 1), (1, 1, 1 / 1.000_001), (4, 1, 1 / 4.000_001),
      (4, 2, 2 / 4.000_001), (1e9, 0, 1),
    ] as [(Double, Double, Double)])
  func clippingIsPyTorchs(_ norm: Double, _ limit: Double, _ factor: Double) {
    #expect(GradientClipping.factor(norm: norm, limit: limit) == factor)
  }

  /// Without gradients nothing but decay moves a parameter.
  @Test func onlyTensorsOfTwoDimensionsDecay() {
    var layout = ParameterLayout()
    layout.append("weight", [2, 3], .zeros)
    layout.append("bias", [5], .zeros)
    layout.append("column", [4, 1], .zeros)
    let parameters = FloatBuffer(count: layout.bufferCount)
    parameters.vector.fill(1)
    let optimizer = AdamW(
      layout, .init(beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.5))
    optimizer.update(
      parameters, gradients: FloatBuffer(count: layout.bufferCount),
      part: 0..<layout.bufferCount, gradientScale: 1, learningRate: 0.25, step: 1,
      team: ThreadTeam(threadCount: 1))
    let values = layout.entries.map { Set(parameters.vector($0).array) }
    #expect(values == [[0.875], [1], [0.875]])
  }

  /// However the buffers are cut, the parts together are the whole, bit for bit; nothing else moves.
  @Test(arguments: [[], [16], [48, 64], [32, 32, 160]])
  func partsTogetherAreTheWhole(_ cuts: [Int]) {
    var layout = ParameterLayout()
    for (name, shape) in [("a", [7, 5]), ("b", [9]), ("c", [10, 9]), ("d", [3])] {
      layout.append(name, shape, .zeros)
    }
    let count = layout.bufferCount
    let team = ThreadTeam(threadCount: 1)
    func state(after parts: [Range<Int>]) -> [Float] {
      let (parameters, gradients) = (FloatBuffer(count: count), FloatBuffer(count: count))
      parameters.vector.copy(from: Vector(randomValues(count, seed: 1)))
      gradients.vector.copy(from: Vector(randomValues(count, seed: 2)))
      let optimizer = AdamW(
        layout, .init(beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.5))
      for part in parts {
        optimizer.update(
          parameters, gradients: gradients, part: part, gradientScale: 1, learningRate: 0.25,
          step: 1, team: team)
      }
      return [parameters, optimizer.firstMoments, optimizer.secondMoments].flatMap(\.vector.array)
    }
    let bounds = [0] + cuts + [count]
    let parts = zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    let (nothing, whole) = (state(after: []), state(after: [0..<count]))
    #expect(state(after: parts) == whole)
    for part in parts {
      let moved = state(after: [part])
      #expect(
        moved.indices.allSatisfy { moved[$0] == (part.contains($0 % count) ? whole : nothing)[$0] })
    }
  }

  /// The first update of Adam is the sign of the gradient times the learning rate.
  @Test func settingsAndScaleReachTheUpdate() {
    var layout = ParameterLayout()
    layout.append("bias", [2], .zeros)
    let (parameters, gradients) = (FloatBuffer(count: 16), FloatBuffer(count: 16))
    gradients.vector(layout.entries[0]).copy(from: Vector([8, -8]))
    let optimizer = AdamW(
      layout, .init(beta1: 0.75, beta2: 0.5, epsilon: 1, weightDecay: 0))
    optimizer.update(
      parameters, gradients: gradients, part: 0..<16, gradientScale: 0.125, learningRate: 1,
      step: 1, team: ThreadTeam(threadCount: 1))
    // Gradient 1: m̂ = v̂ = 1, so the update is 1 / (1 + epsilon).
    #expect(parameters.vector(layout.entries[0]).array == [-0.5, 0.5])
    #expect(optimizer.firstMoments.vector(layout.entries[0]).array == [0.25, -0.25])
    #expect(optimizer.secondMoments.vector(layout.entries[0]).array == [0.5, 0.5])
  }
}
