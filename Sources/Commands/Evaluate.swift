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

  @Option(
    name: .customLong("checkpoint"),
    help: ArgumentHelp(
      "Checkpoint, or a run folder, whose best checkpoint is taken; several are compared.",
      valueName: "path"))
  var checkpoints: [String] = []
  @Option(
    name: .customLong("gguf"),
    help: ArgumentHelp(
      "GGUF file of a GPT-2, in place of a checkpoint or beside it.", valueName: "file"))
  var ggufFiles: [String] = []
  @Option(help: ArgumentHelp("Text or prepared tokens to evaluate on.", valueName: "path"))
  var data: String?
  @Option(
    help: "Tokens between windows; later windows score only what no window before has scored.")
  var stride: Int?
  @Option(help: "Windows of one forward pass.")
  var microBatch = 4
  @Flag(help: "Show each document's result.")
  var perDocument = false
  @Option(
    help: ArgumentHelp(
      "Instead: how often the model finds the words missing in phrases; a line is a text with ___, "
        + "a tab and the word.", valueName: "file"))
  var phrases: String?
  @Flag(help: "Show what n-gram models of the run's training text reach on the same text.")
  var baselines = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    for (name, isSet) in [("--baselines", baselines), ("--per-document", perDocument)] {
      guard !isSet || sources.count == 1 else {
        throw ValidationError("\(name): with one --checkpoint")
      }
    }
    guard !baselines || ggufFiles.isEmpty else {
      throw ValidationError("--baselines: a --gguf file does not know the text that it has learned")
    }
    guard ggufFiles.isEmpty || data != nil || phrases != nil else {
      throw ValidationError("--gguf: name a text with --data, or --phrases")
    }
    guard
      phrases == nil
        || !(data != nil || stride != nil || baselines || perDocument) && sources.count == 1
    else {
      throw ValidationError(
        "--phrases: with one --checkpoint or --gguf and without --data or its options")
    }
    guard !sources.isEmpty else { throw ValidationError("name a --checkpoint") }
    guard microBatch >= 1 else { throw ValidationError("--micro-batch \(microBatch): at least 1") }
    guard stride ?? 1 >= 1 else { throw ValidationError("--stride \(stride ?? 0): at least 1") }
  }

  private var sources: [ModelSource] {
    checkpoints.map { .checkpoint($0) } + ggufFiles.map { .gguf($0) }
  }

  func run() throws {
    Session.run { session in
      if let phrases {
        // One process fills in; under mpirun the others have nothing to do.
        _ = try session.communicator.coordinate {
          try fill(phrases, session)
          return []
        }
        return .done
      }
      if sources.count == 1 {
        try evaluate(EvaluationStart(self, sources[0], session), session)
        return .done
      }
      let rows = try sources.map { source in
        let start = try EvaluationStart(self, source, session)
        let result = try measure(start, session)
        try check(result, start, session)
        return EvaluatedModel(start, result)
      }
      guard session.communicator.isCoordinator else { return .done }
      try StandardOutput.printLine(
        json
          ? JSONValue.array(rows.map { report($0).json }).compact
          : EvaluationTable(rows: rows).text)
      return .done
    }
  }

  private func evaluate(_ start: EvaluationStart, _ session: Session) throws {
    let documents = perDocument ? try measureDocuments(start, session) : nil
    let result = try documents.map(EvaluationResult.init) ?? measure(start, session)
    try check(result, start, session)
    guard session.communicator.isCoordinator else { return }
    let table = try documents.map { try DocumentTable($0, start) }
    let baselines = start.baselines.map { BaselineTable(losses: $0, byteCount: result.byteCount) }
    let report = report(EvaluatedModel(start, result))
    if json {
      try StandardOutput.printLine(
        FieldReport(
          report.fields + [
            baselines.map { .list("baselines", $0.json) },
            table.map { .list("documents", $0.json) },
          ]
        ).text(json: true))
      return
    }
    let parts = [
      report.text(json: false), table?.text(columns: StandardOutput.columns),
      baselines?.text(model: result.loss),
    ]
    try StandardOutput.printLine(parts.compactMap { $0 }.joined(separator: "\n\n"))
  }

  private func fill(_ path: String, _ session: Session) throws {
    let phrases = try PhraseFile.phrases(CorpusBuilder.documents(at: path).bytes, path: path)
    let model = try TextModel(sources[0], session.team)
    let bar =
      json ? nil : ProgressBar(title: "phrases", total: phrases.count, console: session.console)
    let result = try PhraseResult(
      phrases, path: path, model.completer(), model.tokenizer
    ) { bar?.update(done: $0) }
    bar?.finish()
    try StandardOutput.printLine(
      result.report(checkpoint: model.name, path: path, json: json).text(json: json))
  }

  /// - Throws: `AgreedFailure` for a model whose numbers say nothing.
  private func check(
    _ result: EvaluationResult, _ start: EvaluationStart, _ session: Session
  ) throws {
    _ = try session.communicator.coordinate {
      guard result.loss.isFinite else {
        throw TrainingError.nonFiniteEvaluation(path: start.note.checkpoint, loss: result.loss)
      }
      return []
    }
  }

  private func measure(
    _ start: EvaluationStart, _ session: Session
  ) throws -> EvaluationResult {
    try withEvaluator(start, session) { evaluator, progress in
      try evaluator.evaluate(start.windows, progress: progress)
    }
  }

  private func measureDocuments(
    _ start: EvaluationStart, _ session: Session
  ) throws -> [EvaluationResult] {
    try withEvaluator(start, session) { evaluator, progress in
      try evaluator.evaluateDocuments(
        start.windows, start.documents, losses: start.model.losses, progress: progress)
    }
  }

  private func withEvaluator<Result>(
    _ start: EvaluationStart, _ session: Session,
    _ work: (Evaluator, (_ done: Int, _ total: Int) -> Void) throws -> Result
  ) throws -> Result {
    let bar =
      session.communicator.isCoordinator && !json
      ? ProgressBar(
        title: "evaluate", total: start.windows.windowCount, unit: .items("windows"),
        console: session.console) : nil
    defer { bar?.finish() }
    let ranks = session.communicator.size
    let evaluator = Evaluator(
      model: start.model, communicator: session.communicator,
      // More rows than a rank has windows would only be padding.
      microBatchSize: min(microBatch, (start.windows.windowCount + ranks - 1) / ranks))
    return try work(evaluator) { done, _ in
      bar?.update(done: min(done * ranks, start.windows.windowCount))
    }
  }

  private func report(_ model: EvaluatedModel) -> FieldReport {
    FieldReport([
      .text("checkpoint", model.note.checkpoint),
      .text("data", model.note.data),
      .number("loss", model.result.loss, decimals: 6),
      .number("perplexity", model.result.perplexity, decimals: 6),
      .number("bits_per_byte", model.result.bitsPerByte, decimals: 6),
      .optional("entropy_bits_per_byte", model.note.entropyBitsPerByte, decimals: 6),
      .count("tokens", model.result.tokenCount),
      .count("bytes", model.result.byteCount),
      .optional("unknown_share", model.note.unknownShare, decimals: 4),
      .text("protocol", model.note.windows),
      .count("window", model.windowLength),
      .count("stride", stride ?? model.windowLength),
    ])
  }
}
