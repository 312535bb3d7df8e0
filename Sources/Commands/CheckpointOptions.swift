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
  /// - Throws: `CheckpointError.noCheckpoint`
  static func file(_ path: String) throws(CheckpointError) -> String {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory
    else { return path }
    for name in [CheckpointDirectory.bestName, CheckpointDirectory.latestName] {
      let file = "\(path)/\(name)"
      if FileManager.default.fileExists(atPath: file) { return file }
    }
    throw .noCheckpoint(folder: path)
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
