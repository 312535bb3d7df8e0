// What an evaluation starts from: a trained model, and windows of a text in its tokens.
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import Text
import Training

/// Model and windows on every rank, from what the coordinator reads.
struct EvaluationStart {
  struct Note: Codable {
    var checkpoint: String
    var data: String
    var entropyBitsPerByte: Double?
    /// JSON of the run's configuration.
    var configuration: String
    var usedVocabularySize: Int
    var bytesPerToken: [Double]
    /// For people.
    var tokenizer: String
    /// Share of the text's tokens that stand for unknown words.
    var unknownShare: Double?
    var windows: String
    var parameterCount: Int
  }

  let model: GPT
  let windows: EvaluationSet
  let documents: DocumentPlaces
  let tokens: TokenSequence
  let note: Note
  /// On the coordinator.
  let tokenizer: (any Tokenizer)?
  /// On the coordinator, where they were asked for.
  let baselines: NGramLosses?

  init(_ command: Evaluate, _ source: ModelSource, _ session: Session) throws {
    var trained: TrainedModel?
    var text: TokenSequence?
    var baselines: NGramLosses?
    note = try session.communicator.coordinate(Note.self) {
      let model = try source.load(session.team)
      let read = try command.read(model, session.team)
      trained = model
      text = read.tokens
      baselines = try read.training.map { training throws(CorpusError) in
        try NGramLosses(
          training: training, validation: read.tokens,
          vocabularySize: model.tokenizer.vocabularySize)
      }
      return Note(
        checkpoint: model.path, data: read.name,
        entropyBitsPerByte: command.data == nil ? model.provenance.entropyBitsPerByte : nil,
        configuration: model.configuration.json,
        usedVocabularySize: model.tokenizer.vocabularySize,
        bytesPerToken: read.tokens.bytesPerToken(model.tokenizer),
        tokenizer: model.tokenizer.kind.rawValue,
        unknownShare: try read.tokens.unknownShare(model.tokenizer),
        windows: command.protocolName(model.configuration),
        parameterCount: ModelSize(model.model.configuration).parameterCount)
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
    let windows = try session.communicator.agree {
      try EvaluationWindows(
        tokens: tokens, windowLength: configuration.model.contextLength,
        layout: command.layout(configuration))
    }
    self.windows = EvaluationSet(windows, bytesPerToken: note.bytesPerToken)
    self.tokens = tokens
    documents = DocumentPlaces(windows, tokens)
    tokenizer = trained?.tokenizer
  }
}

extension Evaluate {
  fileprivate func layout(_ configuration: RunConfiguration) -> EvaluationWindows.Layout {
    if let stride { return .strided(stride) }
    return configuration.padsDocuments ? .documents : .adjacent
  }

  fileprivate func protocolName(_ configuration: RunConfiguration) -> String {
    switch layout(configuration) {
    case .strided: "sliding windows"
    case .documents: "windows side by side in each document"
    case .adjacent, .random: "windows side by side"
    }
  }

  /// The text's name and tokens: what was named, or the run's own validation part; and the run's
  /// training part, where there are baselines to count.
  fileprivate func read(
    _ trained: TrainedModel, _ team: ThreadTeam
  ) throws -> (name: String, tokens: TokenSequence, training: TokenSequence?) {
    let texts = TrainedText(trained.tokenizer, spread: team.spread)
    let own = data == nil || baselines ? try ownText(trained, texts) : nil
    let training = baselines ? own?.training : nil
    if let data { return (data, try texts.tokens(at: data), training) }
    guard let own else { preconditionFailure("without --data the run's own text is read") }
    return ("\(own.corpus.name), validation", own.validation, training)
  }

  private func ownText(_ trained: TrainedModel, _ texts: TrainedText) throws -> RunText {
    if let source = trained.provenance.importedFrom {
      throw EvaluationDataError.imported(checkpoint: trained.path, source: source)
    }
    let text = try texts.text(
      trained.configuration.data, environment: ProcessInfo.processInfo.environment)
    guard text.corpus.fingerprint == trained.provenance.dataFingerprint else {
      throw EvaluationDataError.changed(name: text.corpus.name)
    }
    return text
  }
}

/// The run's own text is not what it was, or is not known.
enum EvaluationDataError: Error, CustomStringConvertible {
  case changed(name: String)
  case imported(checkpoint: String, source: String)

  var description: String {
    switch self {
    case .imported(let checkpoint, let source):
      "\(checkpoint): a model that was imported from \(source) has no text of its own; name a text "
        + "with --data"
    case .changed(let name):
      "\(name): the text is not the one that the model was trained on; name a text with --data"
    }
  }
}
