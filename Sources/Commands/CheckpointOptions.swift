// Which trained model a command works with.
import ArgumentParser
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import Text
import Training

/// `--checkpoint`, a file or a run folder.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint, or a run folder, whose best checkpoint is taken.", valueName: "path"))
  var checkpoint: String

  /// A file as it is; of a run folder its best checkpoint, else its latest.
  /// - Throws: `CheckpointError.noCheckpoint`, `ForeignModelError`
  static func file(_ path: String) throws -> String {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory
    else {
      if GGUFModel.isFile(path) { throw ForeignModelError.gguf(path: path) }
      return path
    }
    for name in [CheckpointDirectory.bestName, CheckpointDirectory.latestName] {
      let file = "\(path)/\(name)"
      if FileManager.default.fileExists(atPath: file) { return file }
    }
    if ForeignModelError.isHuggingFace(path) { throw ForeignModelError.huggingFace(folder: path) }
    throw CheckpointError.noCheckpoint(folder: path)
  }
}

/// A model that others have saved, where a checkpoint should be.
enum ForeignModelError: Error, CustomStringConvertible {
  case gguf(path: String)
  case huggingFace(folder: String)

  var description: String {
    switch self {
    case .gguf(let path):
      "\(path): a GGUF file, not a checkpoint; generate, chat, complete, inspect and evaluate read "
        + "it as --gguf \(path)"
    case .huggingFace(let folder):
      "\(folder): a model of Hugging Face, not a checkpoint; make one of it with trainer import "
        + "huggingface \(folder) --out checkpoints/imported"
    }
  }

  fileprivate static func isHuggingFace(_ folder: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.contains("config.json") && names.contains { $0.hasSuffix(".safetensors") }
  }
}

/// A trained model with its tokenizer and its story.
struct TrainedModel {
  /// The file that it comes from.
  let path: String
  let model: GPT
  let tokenizer: any Tokenizer
  let configuration: RunConfiguration
  let provenance: Provenance
}

extension TrainedModel {
  /// - Parameters:
  ///   - checkpoint: a file, or a run folder.
  ///   - precision: of products; nil for what the run was trained in.
  /// - Throws: `CheckpointError`
  init(
    at checkpoint: String, precision: ProductPrecision? = nil, team: ThreadTeam
  ) throws {
    path = try CheckpointOptions.file(checkpoint)
    let reader = try CheckpointReader(path: path)
    let stored = try StoredRun(reader)
    configuration = stored.configuration
    tokenizer = stored.tokenizer
    provenance = stored.provenance
    model = GPT(
      configuration.modelConfiguration(usedVocabularySize: tokenizer.vocabularySize),
      precision: precision ?? configuration.products, trainable: false, team: team)
    try reader.readParameters(model.layout, into: model.parameters)
    model.parametersDidChange()
  }

  /// Of a GGUF file, whose weights are widened to single precision; its text is not known.
  /// - Throws: `ModelFileError`
  init(gguf path: String, team: ThreadTeam) throws {
    let file = try GGUFModel(path: path)
    let imported = try ImportedModel(
      file.configuration, file.tokenizer, source: path, version: Version.text)
    let model = GPT(file.configuration, precision: .single, trainable: false, team: team)
    file.readParameters(into: model.parameters, model.layout)
    model.parametersDidChange()
    self.init(
      path: path, model: model, tokenizer: file.tokenizer, configuration: imported.configuration,
      provenance: imported.provenance)
  }

  /// What people call the model: its run folder's name, or the file's own if it is none of a run's.
  var runName: String {
    let path = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    let file = parts.popLast().map(String.init) ?? ""
    if CheckpointDirectory.isCheckpoint(file), let folder = parts.last { return String(folder) }
    return file.hasSuffix(".h5") ? String(file.dropLast(3)) : file
  }
}
