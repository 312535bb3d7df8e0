// Every rank's part of a step: its share of the batch, the reduction, the update.
import Communication
import Models
import Tensors

/// Computes, reduces and updates; all ranks see the same parameters before and after.
package final class Worker {
  let model: any LanguageModel
  let optimizer: AdamW
  private let exchange: any GradientExchange
  private let communicator: any Communicator
  private let share: BatchShare
  private let seed: UInt64
  private let team: ThreadTeam
  /// The windows of these samples of the run; samples are numbered from 0 over all steps.
  private let samples: (Range<Int>) throws -> TokenBatch
  private let pendingRequest: () -> StopRequest

  package init(
    model: any LanguageModel, optimizer: AdamW, exchange: any GradientExchange,
    communicator: any Communicator, share: BatchShare, seed: UInt64, team: ThreadTeam,
    samples: @escaping (Range<Int>) throws -> TokenBatch,
    pendingRequest: @escaping () -> StopRequest
  ) {
    self.model = model
    self.optimizer = optimizer
    self.exchange = exchange
    self.communicator = communicator
    self.share = share
    self.seed = seed
    self.team = team
    self.samples = samples
    self.pendingRequest = pendingRequest
  }

  /// What signals have asked of any rank. Collective.
  package func agreedRequest() throws -> StopRequest {
    let own = pendingRequest()
    let sums = try communicator.sum([own.stops ? 1 : 0, own.saves ? 1 : 0])
    return StopRequest(stops: sums[0] > 0, saves: sums[1] > 0)
  }

  /// Gives every rank the coordinator's parameters and moments, where ranks have copies of their own:
  /// CPUs of several kinds round updates differently, and what is saved must be what all go on with.
  /// Collective.
  package func alignReplicas() throws {
    guard exchange.keepsCopies else { return }
    try exchange.distribute([model.parameters, optimizer.firstMoments, optimizer.secondMoments])
    model.parametersDidChange()
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
    try team.clock.measureStep { try measuredStep(plan, coordinator, &meter) }
  }

  private func measuredStep(
    _ plan: StepPlan, _ coordinator: Coordinator, _ meter: inout StepMeter
  ) throws -> (StepSums, StepDecision) {
    let own = try compute(plan)
    let (sums, decision) = try meter.measureCommunication {
      let sums = try reduce(own)
      let decision = try StepDecision(
        bytes: communicator.coordinate { try coordinator.decide(plan, sums).bytes })
      return (sums, decision)
    }
    update(plan, decision)
    try meter.measureCommunication { try exchange.publish() }
    model.parametersDidChange()
    return (sums, decision)
  }

  /// Forward and backward over this rank's share of the step's batch; gradients of the sum of the
  /// losses accumulate from zero.
  private func compute(_ plan: StepPlan) throws -> LossSum {
    team.clock.measure(.optimizer, bytes: 4 * gradients.count) {
      VectorMath.fill(gradients.vector, 0, team: team)
    }
    let batchSize = share.perRank * communicator.size
    let first = (plan.step - 1) * batchSize
    let ownFirst = communicator.rank * share.perRank
    var sum = LossSum()
    for row in stride(from: ownFirst, to: ownFirst + share.perRank, by: share.micro) {
      let batch = try samples(first + row..<first + row + share.micro)
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
    if !own.total.isFinite { sums.nonFinite[communicator.rank] = 1 }
    try exchange.reduce(into: &sums)
    return StepSums(values: try communicator.sum(sums.values))
  }

  private func update(_ plan: StepPlan, _ decision: StepDecision) {
    // Parameters and moments are read and written, gradients read.
    team.clock.measure(.optimizer, bytes: 7 * 4 * exchange.ownPart.count) {
      optimizer.update(
        model.parameters, gradients: exchange.summedGradients, part: exchange.ownPart,
        gradientScale: decision.gradientScale, learningRate: plan.learningRate, step: plan.step,
        team: team)
    }
  }
}
