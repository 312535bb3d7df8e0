// A model as people use it: something that says what may follow, and the tokens it speaks in.
import ArgumentParser
import ModelFiles
import Models
import Tensors
import Text

/// What generation, chat and completion need of a model, wherever it comes from.
struct TextModel {
  /// For people: the file that it comes from.
  let name: String
  let decoding: any DecodingState
  let tokenizer: any Tokenizer
  /// Name or path of the text that it has learned from, where known.
  var dataset: String?
}

extension TextModel {
  /// - Parameters:
  ///   - format: what a checkpoint's weights are kept in; a GGUF file has one.
  ///   - cached: whether what was computed for earlier tokens is kept; for a GGUF file it always is.
  /// - Throws: `CheckpointError`, `ModelFileError`, `WeightFormatError`
  init(
    _ source: ModelSource, format: TensorFormat = .f32, cached: Bool = true, _ team: ThreadTeam
  ) throws {
    switch source {
    case .gguf(let path): try self.init(gguf: path, team)
    case .checkpoint(let path):
      try self.init(checkpoint: path, format: format, cached: cached, team)
    }
  }

  private init(
    checkpoint: String, format: TensorFormat, cached: Bool, _ team: ThreadTeam
  ) throws {
    let trained = try TrainedModel(at: checkpoint, precision: .single, team: team)
    let width = trained.model.configuration.embeddingWidth
    guard format.fits(columns: width) else {
      throw WeightFormatError(format: format, width: width)
    }
    self.init(
      name: trained.path,
      decoding: cached
        ? GPTDecoding(trained.model, format: format, team: team)
        : UncachedDecoding(trained.model),
      tokenizer: trained.tokenizer, dataset: trained.configuration.data.dataset)
  }

  private init(gguf: String, _ team: ThreadTeam) throws {
    let model = try GGUFModel(path: gguf)
    self.init(
      name: gguf, decoding: GPTDecoding(model.weights(), team: team), tokenizer: model.tokenizer)
  }
}

/// Where a model comes from, and how it runs.
struct TextModelOptions: ParsableArguments {
  @OptionGroup var named: ModelSourceOptions
  @Flag(
    inversion: .prefixedNo,
    help: "Keep what the model has computed for earlier tokens.")
  var cache = true

  @Option(
    help: ArgumentHelp(
      "What the weights are kept in: smaller ones are faster and less exact. (default: f32)",
      valueName: "format"))
  var weights: TensorFormat?

  func validate() throws {
    guard named.gguf == nil || cache else {
      throw ValidationError("--no-cache is for checkpoints: a --gguf file always runs with a cache")
    }
    guard named.gguf == nil || weights == nil else {
      throw ValidationError("--weights is for checkpoints: a --gguf file has a format")
    }
    guard cache || weights == nil else {
      throw ValidationError("--weights \(weights?.rawValue ?? ""): not with --no-cache")
    }
  }

  /// - Throws: `CheckpointError`, `ModelFileError`, `WeightFormatError`
  func load(_ team: ThreadTeam) throws -> TextModel {
    try TextModel(named.source, format: weights ?? .f32, cached: cache, team)
  }
}

/// Rows that are no whole blocks.
struct WeightFormatError: Error, CustomStringConvertible {
  let format: TensorFormat
  let width: Int

  var description: String {
    let fitting = TensorFormat.encodable.filter { $0.fits(columns: width) }.map(\.rawValue)
    return "--weights \(format.rawValue): keeps \(format.blockLength) values together, and this "
      + "model's rows have \(width); take \(fitting.joined(separator: ", "))"
  }
}
