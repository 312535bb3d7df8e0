// A model that was trained elsewhere, as the first checkpoint of a run folder.
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import Text

/// Configuration and provenance of a model from another tool's files.
package struct ImportedModel {
  package let configuration: RunConfiguration
  package let provenance: Provenance
  private let model: ModelConfiguration
  private let tokenizer: any Tokenizer

  /// - Parameters:
  ///   - source: the file or folder it comes from.
  ///   - version: of the trainer.
  /// - Throws: `ModelFileError.unsupported` for sizes that no configuration may have.
  package init(
    _ model: ModelConfiguration, _ tokenizer: any Tokenizer, source: String, version: String
  ) throws(ModelFileError) {
    self.model = model
    self.tokenizer = tokenizer
    provenance = Provenance(trainer: version, importedFrom: source, tokenizer: tokenizer)
    var values = RunConfiguration()
    values.model = .init(
      layerCount: model.layerCount, headCount: model.headCount,
      embeddingWidth: model.embeddingWidth, contextLength: model.contextLength,
      vocabularySize: model.vocabularySize,
      // A Float's own digits: 0.1, not the Double next to it.
      dropout: Double("\(model.dropout)") ?? Double(model.dropout), bias: model.bias,
      activation: model.activation.rawValue, tiedEmbeddings: model.tiedEmbeddings,
      headBias: model.headBias)
    values.tokenizer.kind = TokenizerChoice(of: tokenizer).rawValue
    // Its numbers are those of the other tool.
    values.training.precision = Precision.fp32.rawValue
    do throws(ConfigurationError) {
      configuration = try RunConfiguration(json: values.json, path: source)
    } catch {
      throw .unsupported(
        path: source,
        reason: "\(error)".replacing("\(source): ", with: "").replacing("\n", with: "; "))
    }
  }

  /// Writes the checkpoint of step 0 and `config.json` into a folder that holds no run, and no
  /// other `config.json` either: it may be that of the very model that is imported.
  /// - Parameter parameters: of the model's layout.
  /// - Returns: the checkpoint's path.
  /// - Throws: `ModelFileError.occupied`, `CheckpointError`
  package func save(_ parameters: FloatBuffer, folder: String) throws -> String {
    let directory = CheckpointDirectory(path: folder)
    try checkEmpty(directory)
    try directory.make()
    let lock = try RunFolderLock.take(folder)
    defer { withExtendedLifetime(lock) {} }
    // Another process may have been faster.
    try checkEmpty(directory)
    try directory.prepare()
    let json = configuration.json
    let configurationPath = "\(folder)/config.json"
    do {
      try Data(json.utf8).write(to: URL(filePath: configurationPath), options: .atomic)
    } catch {
      throw CheckpointError.cannotWrite(
        path: configurationPath, reason: SystemReason.of(error),
        errorNumber: SystemReason.number(of: error))
    }
    do {
      return try directory.save(
        Checkpoint(
          layout: .gpt(model), parameters: parameters, firstMoments: nil, secondMoments: nil,
          progress: TrainingProgress(
            step: 0, tokens: 0, seed: UInt64(configuration.training.seed)),
          configuration: json, tokenizer: tokenizer.json, provenance: try provenance.json),
        isBest: true, keep: 1)
    } catch {
      discard(in: directory)
      throw error
    }
  }

  private func checkEmpty(_ directory: CheckpointDirectory) throws {
    if try directory.holdsRun() {
      throw ModelFileError.occupied(
        path: directory.path, reason: "it holds a run or another model")
    }
  }

  /// Removes what half an import has left: it would look like a run, and keep the next attempt out.
  private func discard(in directory: CheckpointDirectory) {
    func path(_ name: String) -> String { "\(directory.path)/\(name)" }
    let files = FileManager.default
    for name in ["config.json", CheckpointDirectory.fileName(step: 0)] {
      try? files.removeItem(atPath: path(name))
    }
    for name in [CheckpointDirectory.latestName, CheckpointDirectory.bestName]
    where (try? files.destinationOfSymbolicLink(atPath: path(name))) != nil {
      try? files.removeItem(atPath: path(name))
    }
  }
}

extension TokenizerChoice {
  /// What a configuration calls a tokenizer that is there already.
  package init(of tokenizer: any Tokenizer) {
    switch tokenizer.kind {
    case .character: self = .character
    case .word: self = .word
    case .bpe:
      self = tokenizer.vocabularySize == TokenizerChoice.gpt2.knownVocabularySize ? .gpt2 : .bpe
    }
  }
}
