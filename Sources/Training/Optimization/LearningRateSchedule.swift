// The learning rate as a pure function of the step: nothing of it needs saving.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Linear warmup, then a half cosine down to the smallest rate, then flat (as nanoGPT has it).
package struct LearningRateSchedule: Sendable, Equatable {
  package let learningRate: Double
  package let minimumLearningRate: Double
  package let warmupSteps: Int
  /// The step at which the smallest rate is reached.
  package let decaySteps: Int

  package init(
    learningRate: Double, minimumLearningRate: Double, warmupSteps: Int, decaySteps: Int
  ) {
    self.learningRate = learningRate
    self.minimumLearningRate = minimumLearningRate
    self.warmupSteps = warmupSteps
    self.decaySteps = decaySteps
  }

  /// - Parameter step: counts from 1, so that the first update has a rate above zero.
  package func rate(atStep step: Int) -> Double {
    let done = step - 1
    if done < warmupSteps {
      return learningRate * Double(done + 1) / Double(warmupSteps + 1)
    }
    if done >= decaySteps { return minimumLearningRate }
    let progress = Double(done - warmupSteps) / Double(decaySteps - warmupSteps)
    let factor = 0.5 * (1 + cos(Double.pi * progress))
    return minimumLearningRate + factor * (learningRate - minimumLearningRate)
  }
}
