// Which model a command works with, whoever has trained it.
import ArgumentParser
import ModelFiles
import Models
import Tensors
import Text

/// `--checkpoint` or `--gguf`.
struct ModelSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint, or a run folder, whose best checkpoint is taken.", valueName: "path"))
  var checkpoint: String?
  @Option(
    help: ArgumentHelp("GGUF file of a GPT-2, in place of a checkpoint.", valueName: "file"))
  var gguf: String?

  func validate() throws {
    guard (checkpoint == nil) != (gguf == nil) else {
      throw ValidationError("name a --checkpoint or a --gguf file, one of them")
    }
  }

  enum Choice {
    case checkpoint(String)
    case gguf(String)
  }

  var choice: Choice {
    if let gguf { return .gguf(gguf) }
    guard let checkpoint else { preconditionFailure("parsing asks for a source") }
    return .checkpoint(checkpoint)
  }

  /// The model as training knows it, its weights in single precision.
  /// - Throws: `CheckpointError`, `ModelFileError`
  func load(_ team: ThreadTeam) throws -> OpenModel {
    switch choice {
    case .checkpoint(let path):
      let trained = try TrainedModel(at: path, precision: .single, team: team)
      return OpenModel(name: trained.path, model: trained.model, tokenizer: trained.tokenizer)
    case .gguf(let path):
      let file = try GGUFModel(path: path)
      let model = GPT(file.configuration, precision: .single, trainable: false, team: team)
      file.readParameters(into: model.parameters, model.layout)
      model.parametersDidChange()
      return OpenModel(name: path, model: model, tokenizer: file.tokenizer)
    }
  }
}

/// A model that can be looked into.
struct OpenModel {
  /// For people: the file that it comes from.
  let name: String
  let model: GPT
  let tokenizer: any Tokenizer
}
