// A model as people use it: something that says what may follow, and the tokens it speaks in.
import ArgumentParser
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
  ///   - checkpoint: a file, or a run folder.
  ///   - cached: whether what was computed for earlier tokens is kept.
  /// - Throws: `CheckpointError`
  init(checkpoint: String, cached: Bool = true, _ team: ThreadTeam) throws {
    let trained = try TrainedModel(at: checkpoint, precision: .single, team: team)
    self.init(
      name: trained.path, decoding: trained.decoding(cached: cached, team: team),
      tokenizer: trained.tokenizer, dataset: trained.configuration.data.dataset)
  }
}

/// Where a model comes from.
struct TextModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint, or a run folder, whose best checkpoint is taken.", valueName: "path"))
  var checkpoint: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Keep what the model has computed for earlier tokens.")
  var cache = true

  func validate() throws {
    guard checkpoint != nil else { throw ValidationError("name a --checkpoint") }
  }

  /// - Throws: `CheckpointError`
  func load(_ team: ThreadTeam) throws -> TextModel {
    guard let checkpoint else { preconditionFailure("parsing asks for a source") }
    return try TextModel(checkpoint: checkpoint, cached: cache, team)
  }
}

extension TrainedModel {
  /// A state of its own that has read nothing.
  func decoding(cached: Bool, team: ThreadTeam) -> any DecodingState {
    cached ? GPTDecoding(model, team: team) : UncachedDecoding(model)
  }
}
