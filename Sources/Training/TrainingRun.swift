// The loop: plan, compute, reduce, update, report, evaluate, save, stop.
import Communication
import ModelFiles
import Models
import Reporting
import Tensors

/// A training run on this rank. The same calls happen on every rank, in the same order.
package final class TrainingRun {
  /// How a run ended.
  package enum Ending: Sendable, Equatable {
    /// A limit is reached.
    case finished(RunEnd.Limit)
    /// A signal asked to stop; everything is saved.
    case stopped
  }

  private let coordinator: Coordinator
  private let end: RunEnd
  private let worker: Worker
  private let evaluator: Evaluator
  private let validation: EvaluationSet
  private let communicator: any Communicator
  private let recorder: RunRecorder?
  private let logEvery: Int
  /// What signals asked for before the first step.
  private var earlyRequest: StopRequest
  package private(set) var progress: TrainingProgress

  /// - Parameters:
  ///   - end: the last step, unless the time is up before.
  ///   - recorder: tells the user and writes the run folder; on the coordinator only.
  ///   - progress: where the run starts or goes on.
  ///   - earlyRequest: what signals have asked for, the same on every rank.
  package init(
    coordinator: Coordinator, end: RunEnd, worker: Worker, evaluator: Evaluator,
    validation: EvaluationSet,
    communicator: any Communicator, recorder: RunRecorder?, logEvery: Int,
    progress: TrainingProgress, earlyRequest: StopRequest
  ) {
    self.coordinator = coordinator
    self.end = end
    self.worker = worker
    self.evaluator = evaluator
    self.validation = validation
    self.communicator = communicator
    self.recorder = recorder
    self.logEvery = logEvery
    self.progress = progress
    self.earlyRequest = earlyRequest
  }

  /// Trains to the last step, or until a signal asks to stop.
  /// - Parameter start: when the time began of which there is a limit, by `MonotonicClock`.
  package func run(since start: Double = MonotonicClock.seconds()) throws -> Ending {
    if progress.owesEvaluation {
      // Saved again, so that it is done once only.
      let request = try endStep(evaluates: true, saves: true, .none)
      if request.stops { return .stopped }
    }
    var meter = StepMeter(progress.unreported)
    while progress.step < end.step {
      meter.beginStep()
      let plan = try StepPlan(
        bytes: communicator.coordinate {
          coordinator.plan(
            step: progress.step + 1, elapsed: MonotonicClock.seconds() - start
          ).bytes
        })
      let (sums, decision) = try worker.step(plan, coordinator, &meter)
      progress.step = plan.step
      progress.tokens += Int(sums.tokenCount)
      meter.endStep(sums)

      if plan.step % logEvery == 0 || plan.step == end.step || plan.isOutOfTime {
        let reading = meter.take()
        try recorder?.report(reading, plan, sums, progress)
      }
      progress.unreported = meter.unreported
      recorder?.advance(to: plan.step)
      let request = try endStep(
        evaluates: plan.evaluates, saves: plan.saves, decision.request)
      if request.stops && (plan.step < end.step || progress.owesEvaluation) { return .stopped }
      if plan.isOutOfTime { return .finished(.time) }
    }
    return .finished(end.limit)
  }

  /// Evaluates and saves what is due or asked for. Whoever asks to stop has no time for an evaluation:
  /// it is left to the run that goes on.
  /// - Parameter asked: what signals have asked for.
  /// - Returns: that, and what they asked for meanwhile.
  private func endStep(
    evaluates: Bool, saves: Bool, _ asked: StopRequest
  ) throws -> StopRequest {
    var request = asked
    request.formUnion(earlyRequest)
    earlyRequest = .none
    progress.owesEvaluation = evaluates
    let isBest = evaluates ? try evaluate(&request) : false
    if saves || isBest || request.saves || request.stops { try save(isBest: isBest) }
    return request
  }

  /// Gives up when asked to stop.
  /// - Returns: whether the result is the best of the run.
  private func evaluate(_ request: inout StopRequest) throws -> Bool {
    let result = try evaluator.evaluate(validation) {
      if !request.stops { request.formUnion(try worker.agreedRequest()) }
      return request.stops
    }
    guard let result else { return false }
    progress.owesEvaluation = false
    // All ranks have the same sums; the coordinator speaks for them.
    _ = try communicator.coordinate {
      if !result.loss.isFinite {
        throw TrainingError.nonFiniteValidation(step: progress.step, loss: result.loss)
      }
      return []
    }
    let isBest = result.loss < progress.best?.loss ?? .infinity
    if isBest { progress.best = .init(loss: result.loss, step: progress.step) }
    try recorder?.report(result, progress, isBest: isBest)
    return isBest
  }

  /// The coordinator writes; the others wait for what came of it.
  private func save(isBest: Bool) throws {
    try worker.alignReplicas()
    _ = try communicator.coordinate {
      try recorder?.save(worker.model, worker.optimizer, progress, isBest: isBest)
      return []
    }
  }
}
