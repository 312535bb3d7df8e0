// What the coordinator tells the user and writes to the run folder.
import ModelFiles
import Models
import Reporting
import Tensors

/// Console, metrics and checkpoints of a run.
package final class RunRecorder {
  private let console: ConsoleReporter?
  private let metrics: any MetricSink
  private let directory: CheckpointDirectory
  private let keep: Int
  private let finalStep: Int
  private let documents: CheckpointDocuments
  /// Held, not used: other runs stay out of the folder until this one is done.
  private let lock: RunFolderLock?
  private var remaining: RemainingTime

  /// The texts that every checkpoint of a run carries.
  package struct CheckpointDocuments: Sendable {
    /// JSON of the resolved configuration, of the tokenizer, and of where the run comes from.
    package let configuration: String
    package let tokenizer: String
    package let provenance: String

    var texts: [String] { [configuration, tokenizer, provenance] }

    package init(configuration: String, tokenizer: String, provenance: String) {
      self.configuration = configuration
      self.tokenizer = tokenizer
      self.provenance = provenance
    }
  }

  /// - Parameters:
  ///   - console: nil for a run that is quiet.
  ///   - keep: number of step files that stay.
  package init(
    console: ConsoleReporter?, metrics: any MetricSink, directory: CheckpointDirectory, keep: Int,
    startStep: Int, finalStep: Int, documents: CheckpointDocuments,
    lock: RunFolderLock?
  ) {
    self.console = console
    self.metrics = metrics
    self.directory = directory
    self.keep = keep
    self.finalStep = finalStep
    self.documents = documents
    self.lock = lock
    remaining = RemainingTime(
      total: finalStep, startCount: startStep, time: MonotonicClock.seconds())
  }

  func report(
    _ reading: StepMeter.Reading, _ plan: StepPlan, _ sums: StepSums, _ progress: TrainingProgress
  ) throws {
    let report = StepReport(
      step: plan.step, totalSteps: finalStep, tokens: progress.tokens, loss: reading.loss,
      gradientNorm: sums.gradientNorm, learningRate: plan.learningRate, rates: reading.rates,
      residentBytes: ProcessMemory.current.residentBytes,
      remainingSeconds: remaining.seconds(done: plan.step, time: MonotonicClock.seconds()))
    console?.report(report)
    try metrics.record(report.record)
  }

  func advance(to step: Int) { console?.advance(to: step) }

  func report(
    _ result: EvaluationResult, _ progress: TrainingProgress, isBest: Bool
  ) throws {
    let report = EvaluationReport(
      step: progress.step, tokens: progress.tokens, loss: result.loss,
      bitsPerByte: result.bitsPerByte, isBest: isBest)
    console?.report(report)
    try metrics.record(report.record)
  }

  func save(
    _ model: any LanguageModel, _ optimizer: AdamW, _ progress: TrainingProgress, isBest: Bool
  ) throws {
    try directory.save(
      Checkpoint(
        layout: model.layout, parameters: model.parameters,
        firstMoments: optimizer.firstMoments, secondMoments: optimizer.secondMoments,
        progress: progress, configuration: documents.configuration,
        tokenizer: documents.tokenizer, provenance: documents.provenance),
      isBest: isBest, keep: keep)
  }

  /// Everything is on the disk and the cursor on a fresh line.
  package func close() throws {
    console?.close()
    try metrics.close()
  }
}
