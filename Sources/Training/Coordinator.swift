// Rank 0's part: plan each step, judge its sums, decide how it ends.

/// Plans and decides; holds no state that a resumed run would need.
package struct Coordinator {
  package let schedule: LearningRateSchedule
  /// The last step of the run.
  package let finalStep: Int
  /// Steps between evaluations and between saves; 0 for the end only.
  package let evaluateEvery: Int
  package let saveEvery: Int
  /// Limit of the gradient's global norm; 0 for none.
  package let gradientClip: Double
  /// Seconds after which the next step is the last; nil for no limit.
  package let timeLimit: Double?

  /// - Parameter elapsed: seconds since the start.
  package func plan(step: Int, elapsed: Double = 0) -> StepPlan {
    let isOutOfTime = timeLimit.map { elapsed >= $0 } ?? false
    let isLast = step == finalStep || isOutOfTime
    return StepPlan(
      step: step, learningRate: schedule.rate(atStep: step),
      evaluates: isLast || isDue(step, evaluateEvery), saves: isLast || isDue(step, saveEvery),
      isOutOfTime: isOutOfTime && step < finalStep)
  }

  private func isDue(_ step: Int, _ interval: Int) -> Bool {
    interval > 0 && step % interval == 0
  }

  /// - Throws: when the loss or the gradients are not finite, before anything is updated.
  package func decide(_ plan: StepPlan, _ sums: StepSums) throws(TrainingError) -> StepDecision {
    let norm = sums.gradientNorm
    guard sums.loss.isFinite && norm.isFinite else {
      let ranks = sums.nonFinite.indices.filter { sums.nonFinite[$0] > 0 }
      throw .nonFinite(step: plan.step, ranks: ranks, loss: sums.loss, gradientNorm: norm)
    }
    let factor = GradientClipping.factor(norm: norm, limit: gradientClip)
    return StepDecision(
      gradientScale: factor / sums.tokenCount,
      request: StopRequest(stops: sums.stopRequests > 0, saves: sums.saveRequests > 0))
  }
}
