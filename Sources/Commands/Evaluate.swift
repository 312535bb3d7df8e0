// `trainer evaluate`: loss, perplexity and bits per byte of a trained model on a text.
import ArgumentParser
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Tensors
import Text
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained model's loss and perplexity on a text.",
    discussion: "Without --data, on the validation part of the run's own text. Under mpirun the "
      + "ranks share the work; the result is the same.")

  @OptionGroup var source: CheckpointOptions
  @Option(help: ArgumentHelp("Text file to evaluate on.", valueName: "file"))
  var data: String?
  @Option(
    help: "Tokens between windows; later windows score only what no window before has scored.")
  var stride: Int?
  @Option(help: "Windows of one forward pass.")
  var microBatch = 4
  @Flag(help: "Show what n-gram models of the run's training text reach on the same text.")
  var baselines = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard microBatch >= 1 else { throw ValidationError("--micro-batch \(microBatch): at least 1") }
    guard stride ?? 1 >= 1 else { throw ValidationError("--stride \(stride ?? 0): at least 1") }
  }

  func run() throws {
    Session.run { session in
      let started = try Started(self, session)
      let bar =
        session.communicator.isCoordinator && !json
        ? ProgressBar(
          title: "evaluate", total: started.windows.windowCount, unit: .items("windows"),
          console: session.console) : nil
      let ranks = session.communicator.size
      let result = try Evaluator(
        model: started.model, communicator: session.communicator,
        // More rows than a rank has windows would only be padding.
        microBatchSize: min(microBatch, (started.windows.windowCount + ranks - 1) / ranks)
      ).evaluate(started.windows) { done, _ in
        bar?.update(done: min(done * ranks, started.windows.windowCount))
      }
      bar?.finish()
      if session.communicator.isCoordinator {
        let table = started.baselines.map {
          BaselineTable(losses: $0, byteCount: result.byteCount)
        }
        let beside = json ? nil : table.map { "\n\n" + $0.text(model: result.loss) }
        try StandardOutput.printLine(
          report(result, started, table).text(json: json) + (beside ?? ""))
      }
      return .done
    }
  }

  private func report(
    _ result: EvaluationResult, _ started: Started, _ baselines: BaselineTable?
  ) -> FieldReport {
    FieldReport([
      .text("checkpoint", started.note.checkpoint),
      .text("data", started.note.data),
      .number("loss", result.loss, decimals: 6),
      .number("perplexity", result.perplexity, decimals: 6),
      .number("bits_per_byte", result.bitsPerByte, decimals: 6),
      .optional("entropy_bits_per_byte", started.note.entropyBitsPerByte, decimals: 6),
      .count("tokens", result.tokenCount),
      .count("bytes", result.byteCount),
      .text("protocol", stride == nil ? "windows side by side" : "sliding windows"),
      .count("window", started.windows.windowLength),
      .count("stride", stride ?? started.windows.windowLength),
      json ? baselines.map { .list("baselines", $0.json) } : nil,
    ])
  }

  /// Model and windows on every rank, from what the coordinator reads.
  private struct Started {
    struct Note: Codable {
      var checkpoint: String
      var data: String
      var entropyBitsPerByte: Double?
      /// JSON of the run's configuration.
      var configuration: String
      var usedVocabularySize: Int
      var bytesPerToken: [Int32]
    }

    let model: GPT
    let windows: EvaluationSet
    let note: Note
    /// On the coordinator, where they were asked for.
    let baselines: NGramLosses?

    init(_ command: Evaluate, _ session: Session) throws {
      var trained: TrainedModel?
      var text: TokenSequence?
      var baselines: NGramLosses?
      note = try session.communicator.coordinate(Note.self) {
        let model = try TrainedModel(command.source, team: session.team)
        let read = try command.read(model)
        trained = model
        text = read.tokens
        if let training = read.training {
          baselines = try NGramLosses(
            training: training, validation: read.tokens,
            vocabularySize: model.tokenizer.vocabularySize)
        }
        return Note(
          checkpoint: model.path, data: read.name,
          entropyBitsPerByte: command.data == nil ? model.provenance.entropyBitsPerByte : nil,
          configuration: model.configuration.json,
          usedVocabularySize: model.tokenizer.vocabularySize,
          bytesPerToken: RunText.bytesPerToken(model.tokenizer))
      }
      self.baselines = baselines
      let tokens = try session.communicator.share(text)
      let configuration = try RunConfiguration(json: note.configuration, path: "configuration")
      model =
        trained?.model
        ?? GPT(
          configuration.modelConfiguration(usedVocabularySize: note.usedVocabularySize),
          precision: configuration.products, trainable: false, team: session.team)
      try session.communicator.broadcast(model.parameters.vector, from: 0)
      model.parametersDidChange()
      windows = try EvaluationSet(
        session.communicator.agree {
          try EvaluationWindows(
            tokens: tokens, windowLength: configuration.model.contextLength,
            layout: command.stride.map { .strided($0) } ?? .adjacent)
        },
        bytesPerToken: note.bytesPerToken)
    }
  }

  /// The text's name and tokens: the file that was named, or the run's own validation part; and the
  /// run's training part, where there are baselines to count.
  private func read(
    _ trained: TrainedModel
  ) throws -> (name: String, tokens: TokenSequence, training: TokenSequence?) {
    func tokens(_ text: [UInt8]) throws -> TokenSequence {
      TokenSequence(
        try trained.tokenizer.encode(text), vocabularySize: trained.tokenizer.vocabularySize)
    }
    if let data, !baselines { return (data, try tokens(CorpusBuilder.text(at: data)), nil) }
    let own = try ownText(trained)
    return (
      data ?? "\(own.name), validation",
      try tokens(
        data.map { path throws(CorpusError) in try CorpusBuilder.text(at: path) }
          ?? own.validation),
      baselines ? try tokens(own.training) : nil
    )
  }

  private func ownText(_ trained: TrainedModel) throws -> Corpus {
    let settings = trained.configuration.data
    let corpus = try CorpusBuilder(environment: ProcessInfo.processInfo.environment)
      .build(Dataset(settings.dataset), validation: settings.validation)
    guard corpus.fingerprint == trained.provenance.dataFingerprint else {
      throw EvaluationDataError.changed(name: corpus.name)
    }
    return corpus
  }
}

/// The run's own text is not what it was.
enum EvaluationDataError: Error, CustomStringConvertible {
  case changed(name: String)

  var description: String {
    switch self {
    case .changed(let name):
      "\(name): the text is not the one that the model was trained on; name a text with --data"
    }
  }
}
