// Every rank's part of a step: its share of the batch, the reduction, the update.
import Communication
import Models
import Tensors

/// Computes, reduces and updates; all ranks hold the same parameters before and after.
package final class Worker {
  let model: any LanguageModel
  let optimizer: AdamW
  private let communicator: any Communicator
  private let share: BatchShare
  private let seed: UInt64
  private let team: ThreadTeam
  /// The windows of these samples of the run; samples are numbered from 0 over all steps.
  private let samples: (Range<Int>) -> TokenBatch
  private let pendingRequest: () -> StopRequest

  package init(
    model: any LanguageModel, optimizer: AdamW, communicator: any Communicator, share: BatchShare,
    seed: UInt64, team: ThreadTeam, samples: @escaping (Range<Int>) -> TokenBatch,
    pendingRequest: @escaping () -> StopRequest
  ) {
    self.model = model
    self.optimizer = optimizer
    self.communicator = communicator
    self.share = share
    self.seed = seed
    self.team = team
    self.samples = samples
    self.pendingRequest = pendingRequest
  }

  private var gradients: FloatBuffer {
    guard let gradients = model.gradients else {
      preconditionFailure("a model to train needs gradients")
    }
    return gradients
  }

  /// Compute, reduce, decide, update. Collective.
  /// - Throws: `AgreedFailure` when the coordinator finds that numbers are not finite.
  package func step(
    _ plan: StepPlan, _ coordinator: Coordinator, _ meter: inout StepMeter
  ) throws -> (StepSums, StepDecision) {
    let own = compute(plan)
    let (sums, decision) = try meter.measureCommunication {
      let sums = try reduce(own)
      let decision = try StepDecision(
        bytes: communicator.coordinate { try coordinator.decide(plan, sums).bytes })
      return (sums, decision)
    }
    update(plan, decision)
    return (sums, decision)
  }

  /// Forward and backward over this rank's share of the step's batch; gradients of the sum of the
  /// losses accumulate from zero.
  private func compute(_ plan: StepPlan) -> LossSum {
    team.clock.measure(.optimizer, bytes: 4 * gradients.count) {
      VectorMath.fill(gradients.vector, 0, team: team)
    }
    let batchSize = share.perRank * communicator.size
    let first = (plan.step - 1) * batchSize
    let ownFirst = communicator.rank * share.perRank
    var sum = LossSum()
    for row in stride(from: ownFirst, to: ownFirst + share.perRank, by: share.micro) {
      let batch = samples(first + row..<first + row + share.micro)
      sum += model.accumulateGradients(
        batch, dropout: DropoutSource(seed: seed, step: plan.step, firstRow: row))
    }
    return sum
  }

  /// Sums gradients and losses over all ranks.
  private func reduce(_ own: LossSum) throws -> StepSums {
    var sums = StepSums(rankCount: communicator.size)
    let request = pendingRequest()
    sums.lossTotal = own.total
    sums.tokenCount = Double(own.tokenCount)
    sums.stopRequests = request.stops ? 1 : 0
    sums.saveRequests = request.saves ? 1 : 0
    if communicator.size > 1 {
      // After the sum nobody could tell which rank a bad number came from.
      let squares = VectorMath.sumOfSquares(gradients.vector, team: team)
      if !own.total.isFinite || !squares.isFinite { sums.nonFinite[communicator.rank] = 1 }
      try measureWaiting()
      try team.clock.measure(.reduction, bytes: 8 * gradients.count) {
        try communicator.sum(gradients.vector)
      }
    }
    // Each rank takes the norm of its part of the flat buffer.
    let shard = communicator.ownShare(of: gradients.count)
    sums.gradientSquares = team.clock.measure(.optimizer, bytes: 4 * shard.count) {
      VectorMath.sumOfSquares(gradients.vector[shard], team: team)
    }
    if communicator.size == 1, !own.total.isFinite || !sums.gradientSquares.isFinite {
      sums.nonFinite[0] = 1
    }
    return StepSums(values: try communicator.sum(sums.values))
  }

  /// Tells waiting for slower ranks from summing, where anybody asked.
  private func measureWaiting() throws {
    if team.clock.isRunning { try team.clock.measure(.waiting) { try communicator.barrier() } }
  }

  private func update(_ plan: StepPlan, _ decision: StepDecision) {
    // Parameters and moments are read and written, gradients read.
    team.clock.measure(.optimizer, bytes: 7 * 4 * gradients.count) {
      optimizer.update(
        model.parameters, gradients: gradients, gradientScale: decision.gradientScale,
        learningRate: plan.learningRate, step: plan.step, team: team)
    }
    model.parametersDidChange()
  }
}
