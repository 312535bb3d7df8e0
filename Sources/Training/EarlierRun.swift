// The checkpoint that a run goes on from, and what both must have in common.
import FoundationEssentials
import ModelFiles
import Text

struct EarlierRun {
  let reader: CheckpointReader
  let stored: StoredRun

  /// - Returns: nil where there is nothing to go on from.
  /// - Throws: `CheckpointError`
  init?(_ choice: ResumeChoice, in directory: CheckpointDirectory) throws {
    guard let reader = try Self.checkpoint(choice, directory) else { return nil }
    if !reader.hasMoments { throw CheckpointError.noMoments(path: reader.path) }
    self.reader = reader
    stored = try StoredRun(reader)
  }

  private static func checkpoint(
    _ choice: ResumeChoice, _ directory: CheckpointDirectory
  ) throws -> CheckpointReader? {
    switch choice {
    case .none: return nil
    case .auto: return try directory.resolve().map { try CheckpointReader(path: $0) }
    case .checkpoint(let path):
      var isFolder = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
        guard let newest = try CheckpointDirectory(path: path).resolve() else {
          throw CheckpointError.noCheckpoint(folder: path)
        }
        return try CheckpointReader(path: newest)
      }
      let reader = try CheckpointReader(path: path)
      try reader.verify()
      return reader
    }
  }

  /// The model that the run began with, where that was another run's.
  var origin: StoredRun? { stored.provenance.initializedFrom == nil ? nil : stored }

  /// What there is to say of a checkpoint that is named to begin with: this run has begun already.
  /// - Throws: `ConfigurationError.resumeDiffers` where it began with no model.
  func notice(ofInitial path: String) throws(ConfigurationError) -> String? {
    guard let origin = stored.provenance.initializedFrom else {
      throw differs([.init(key: "--init-from", stored: "none", present: path)])
    }
    func plain(_ path: Substring) -> String {
      URL(filePath: String(path)).resolvingSymlinksInPath().path
    }
    let originPath = origin.firstRange(of: ", step ").map { origin[..<$0.lowerBound] }
    return plain(originPath ?? origin[...]) == plain(path[...])
      ? nil : "--init-from \(path) is not read: this run began with \(origin)"
  }

  /// Before anything is made of the text.
  /// - Parameter configuration: says who chose it.
  /// - Throws: `ConfigurationError.resumeDiffers` for another one, or one in other tokens.
  func check(
    _ text: CorpusDescription, preparedBy tokenizer: (any Tokenizer)?,
    for configuration: ResolvedConfiguration
  ) throws(ConfigurationError) {
    let source = configuration.sourceOfChange(
      in: ["data.dataset", "data.validation"], from: stored.configuration)
    let differences = [
      stored.provenance.difference(ofText: text, source),
      tokenizer.flatMap { stored.provenance.difference(ofTokenizer: $0.fingerprint, source) },
    ].compactMap(\.self)
    if !differences.isEmpty { throw differs(differences) }
  }

  /// - Throws: `ConfigurationError.resumeDiffers` with everything that must be the same but is not.
  func check(
    _ configuration: ResolvedConfiguration, _ tokenizer: any Tokenizer
  ) throws(ConfigurationError) {
    var differences = ResumeRules.differences(
      configuration, stored.configuration, isSettled: true)
    let source = configuration.sourceOfChange(
      in: ["tokenizer.path", "tokenizer.kind"], from: stored.configuration)
    if let difference = stored.provenance.difference(ofTokenizer: tokenizer.fingerprint, source) {
      differences.append(difference)
    }
    if !differences.isEmpty { throw differs(differences) }
  }

  /// The same of the configuration alone, before the text and the CPU settle what depends on them.
  func check(_ configuration: ResolvedConfiguration) throws(ConfigurationError) {
    let differences = ResumeRules.differences(
      configuration, stored.configuration, isSettled: false)
    if !differences.isEmpty { throw differs(differences) }
  }

  private func differs(_ differences: [ConfigurationError.Difference]) -> ConfigurationError {
    .resumeDiffers(checkpoint: reader.path, differences: differences)
  }
}
