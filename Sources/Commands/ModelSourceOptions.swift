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

  var source: ModelSource {
    if let gguf { return .gguf(gguf) }
    guard let checkpoint else { preconditionFailure("parsing asks for a source") }
    return .checkpoint(checkpoint)
  }
}

/// A model's file.
enum ModelSource {
  case checkpoint(String)
  case gguf(String)

  /// The model as training knows it.
  /// - Parameter precision: of a checkpoint's products; nil for what the run was trained in.
  /// - Throws: `CheckpointError`, `ModelFileError`
  func load(precision: ProductPrecision? = nil, _ team: ThreadTeam) throws -> TrainedModel {
    switch self {
    case .checkpoint(let path):
      try TrainedModel(at: path, precision: precision, team: team)
    case .gguf(let path): try TrainedModel(gguf: path, team: team)
    }
  }
}
