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

/// Where a model comes from.
struct TextModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint, or a run folder, whose best checkpoint is taken.", valueName: "path"))
  var checkpoint: String?
  @Option(
    help: ArgumentHelp("GGUF file of a GPT-2, in place of a checkpoint.", valueName: "file"))
  var gguf: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Keep what the model has computed for earlier tokens.")
  var cache = true

  func validate() throws {
    guard (checkpoint == nil) != (gguf == nil) else {
      throw ValidationError("name a --checkpoint or a --gguf file, one of them")
    }
    guard gguf == nil || cache else {
      throw ValidationError("--no-cache is for checkpoints: a --gguf file always runs with a cache")
    }
  }

  /// - Throws: `CheckpointError`, `ModelFileError`
  func load(_ team: ThreadTeam) throws -> TextModel {
    if let gguf {
      let model = try GGUFModel(path: gguf)
      return TextModel(
        name: gguf, decoding: GPTDecoding(model.weights(), team: team),
        tokenizer: model.tokenizer)
    }
    guard let checkpoint else { preconditionFailure("parsing asks for a source") }
    let trained = try TrainedModel(at: checkpoint, precision: .single, team: team)
    return TextModel(
      name: trained.path, decoding: trained.decoding(cached: cache, team: team),
      tokenizer: trained.tokenizer, dataset: trained.configuration.data.dataset)
  }
}

extension TrainedModel {
  /// A state of its own that has read nothing.
  func decoding(cached: Bool, team: ThreadTeam) -> any DecodingState {
    cached ? GPTDecoding(model, team: team) : UncachedDecoding(model)
  }
}
