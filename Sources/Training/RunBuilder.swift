// From a configuration to a run that is ready to start, on all ranks.
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Tensors
import Text

/// What to do with an earlier run.
package enum ResumeChoice: Sendable, Equatable {
  /// Start anew; an earlier run in the folder is moved aside.
  case none
  /// Go on with the folder's latest checkpoint, or start if there is none.
  case auto
  /// Go on with this checkpoint; unless it is the folder's newest, an earlier run in the folder is
  /// moved aside.
  case checkpoint(path: String)
}

/// What the user asked for; the coordinator's.
package struct RunRequest: Sendable {
  package var configuration: ResolvedConfiguration
  package var folder: String
  package var resume: ResumeChoice
  /// A checkpoint whose model a new run starts with; one that goes on does not read it.
  package var initialCheckpoint: String?
  /// Whether a run may start anew where there is nothing to go on from.
  package var mayStart: Bool
  /// Environment variables, for the cache.
  package var environment: [String: String]
  /// Version of the trainer, for the provenance.
  package var version: String

  package init(
    configuration: ResolvedConfiguration, folder: String, resume: ResumeChoice,
    initialCheckpoint: String? = nil, mayStart: Bool = true, environment: [String: String],
    version: String
  ) {
    self.mayStart = mayStart
    self.initialCheckpoint = initialCheckpoint
    self.configuration = configuration
    self.folder = folder
    self.resume = resume
    self.environment = environment
    self.version = version
  }
}

/// A run that is ready to start.
package struct BuiltRun {
  package let run: TrainingRun
  /// The coordinator's, to be closed after the run; nil for a run that is done.
  package let recorder: RunRecorder?
  /// Whether there was nothing left to do.
  package let isDone: Bool
  package let end: RunEnd
  /// What the model multiplies in.
  package let precision: ProductPrecision
}

/// Builds a run. Collective: every rank calls `build`; only the coordinator has a request.
package struct RunBuilder {
  private let communicator: any Communicator
  private let team: ThreadTeam
  private let console: Console?
  private let notify: (Notice) -> Void

  /// A line for the user.
  package enum Notice: Sendable, Equatable {
    case information(String)
    case warning(String)
  }

  /// - Parameters:
  ///   - console: where steps are shown; nil for a run that is quiet.
  ///   - notify: takes lines for the user, on the coordinator.
  package init(
    communicator: any Communicator, team: ThreadTeam, console: Console?,
    notify: @escaping (Notice) -> Void
  ) {
    self.communicator = communicator
    self.team = team
    self.console = console
    self.notify = notify
  }

  /// Changes nothing on the disk before all ranks are ready.
  /// - Parameters:
  ///   - begins: called when they are, before the run takes its folder.
  /// - Returns: nil if signals asked to stop before that.
  package func build(
    _ request: () throws -> RunRequest, pendingRequest: @escaping () -> StopRequest,
    begins: () -> Void = {}
  ) throws -> BuiltRun? {
    var preparation: Preparation?
    let halfIsFast = try communicator.halfIsFast()
    let order = try communicator.coordinate(RunOrder.self) {
      let made = try Preparation(
        request(), ranks: communicator.size, nodeSize: communicator.nodeSize,
        nodesAreEqual: communicator.nodesAreEqual, team: team,
        halfIsFast: halfIsFast, notify: notify)
      preparation = made
      return made.order
    }
    let training = try communicator.share(preparation?.text.training)
    let validation = try communicator.share(preparation?.text.validation)
    let configuration = try RunConfiguration(json: order.configuration, path: "configuration")

    let shape = configuration.modelConfiguration(usedVocabularySize: order.usedVocabularySize)
    let replica = try makeReplica(shape, configuration)
    let model = GPT(
      shape, precision: configuration.products, recompute: configuration.recompute,
      parameters: replica.parameters, gradients: replica.gradients, team: team)
    let optimizer = AdamW(
      model.layout, configuration.adamW, firstMoments: replica.firstMoments,
      secondMoments: replica.secondMoments)
    try load(model, optimizer, preparation, configuration)
    try replica.distribute()
    model.parametersDidChange()
    let worker = try Worker(
      model: model, optimizer: optimizer, exchange: replica.exchange, communicator: communicator,
      share: configuration.batchShare(ranks: communicator.size),
      seed: UInt64(configuration.training.seed), team: team,
      samples: samples(training, configuration), pendingRequest: pendingRequest)
    begins()
    let request = try worker.agreedRequest()
    if request.stops { return nil }
    let recorder = order.isDone ? nil : try makeRecorder(preparation, model.layout, configuration)
    let run = try TrainingRun(
      coordinator: configuration.coordinator(finalStep: order.finalStep), end: order.end,
      worker: worker,
      evaluator: Evaluator(
        model: model, communicator: communicator,
        microBatchSize: configuration.batchShare(ranks: communicator.size).micro),
      validation: EvaluationSet(
        configuration.evaluationWindows(validation), bytesPerToken: order.bytesPerToken),
      communicator: communicator, recorder: recorder, logEvery: configuration.logging.logEvery,
      progress: order.progress, earlyRequest: request)
    return BuiltRun(
      run: run, recorder: recorder, isDone: order.isDone, end: order.end,
      precision: model.precision)
  }

  private func makeReplica(
    _ shape: ModelConfiguration, _ configuration: RunConfiguration
  ) throws -> Replica {
    let replica = try Replica(
      count: ParameterLayout.gpt(shape).bufferCount, configuration.gradientSync, communicator,
      team: team)
    guard let notice = replica.notice else { return replica }
    _ = try communicator.coordinate {
      let nodeSize = communicator.nodeSize
      try MachineMemory.check(
        shape, configuration.products, buffers: 4 * nodeSize, nodeSize: nodeSize)
      notify(.warning(notice))
      return []
    }
    return replica
  }

  /// Initial values or the checkpoint's, on the coordinator. From there they go to all ranks, so
  /// that replicas are equal even where nodes compute logarithms differently.
  private func load(
    _ model: GPT, _ optimizer: AdamW, _ preparation: Preparation?, _ configuration: RunConfiguration
  ) throws {
    _ = try communicator.coordinate {
      if let reader = preparation?.reader {
        try reader.readParameters(model.layout, into: model.parameters)
        try reader.readMoments(
          model.layout, first: optimizer.firstMoments, second: optimizer.secondMoments)
      } else if let initial = preparation?.initial {
        try initial.reader.readParameters(model.layout, into: model.parameters)
      } else {
        model.initialize(seed: UInt64(configuration.training.seed), team: team)
      }
      return []
    }
  }

  private func samples(
    _ tokens: TokenSequence, _ configuration: RunConfiguration
  ) throws -> (Range<Int>) throws -> TokenBatch {
    let sampler = BatchSampler(tokens, try configuration.windowSampler(tokens))
    let memory = BatchMemory()
    return { samples in
      try memory.batch(rows: samples.count, columns: configuration.model.contextLength) {
        try sampler.fill(&$0, samples: samples)
      }
    }
  }

  /// Takes the run's folder, on the coordinator.
  private func makeRecorder(
    _ preparation: Preparation?, _ layout: ParameterLayout, _ configuration: RunConfiguration
  ) throws -> RunRecorder? {
    var recorder: RunRecorder?
    _ = try communicator.coordinate {
      guard let preparation else { return [] }
      let (step, finalStep) = (preparation.order.progress.step, preparation.order.finalStep)
      let lock = try preparation.takeFolder(for: layout, notify)
      recorder = try RunRecorder(
        console: console.map {
          ConsoleReporter(console: $0, startStep: step, totalSteps: finalStep)
        },
        metrics: RunLog(
          path: "\(preparation.directory.path)/metrics.jsonl",
          resumedStep: preparation.reader == nil ? nil : step,
          evaluatesAgain: preparation.order.progress.owesEvaluation),
        directory: preparation.directory, keep: configuration.checkpoint.keep,
        startStep: step, finalStep: finalStep, documents: preparation.documents, lock: lock)
      return []
    }
    return recorder
  }
}
