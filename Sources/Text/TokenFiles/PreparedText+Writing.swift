// How a prepared folder comes to be, or takes the place of an earlier one.
import FoundationEssentials

extension PreparedText {
  /// Finds that what is in the folder may be replaced once the new files are written; until then it
  /// stays as it is.
  /// - Throws: `CorpusError.unwritable`, also for a folder with files of somebody else's.
  package static func begin(folder: String) throws(CorpusError) {
    let manifest = "\(folder)/\(manifestName)"
    if TextFile.exists(manifest), Self.manifest(at: manifest) == nil {
      throw .unwritable(
        path: folder, reason: "its \(manifestName) is not trainer's; name another folder")
    }
    if !isPrepared(folder) && TextFile.exists("\(folder)/\(tokenizerName)") {
      throw .unwritable(
        path: folder,
        reason: "it holds a tokenizer, but no prepared text; name another folder for the tokens")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: folder, reason: SystemReason.of(error))
    }
  }

  /// Puts new files in the place of what an earlier preparation left. Without its tokenizer a folder
  /// is not complete, should this be interrupted; the manifest comes last.
  /// - Parameter manifest: nil for tokens that others made.
  /// - Throws: `CorpusError.unwritable`; then what was there is whole, unless the system refuses to
  ///   rename.
  package static func replace(
    with writers: [Split: TokenFileWriter], _ tokenizer: any Tokenizer,
    _ manifest: PreparedManifest?, folder: String
  ) throws(CorpusError) {
    // Whatever needs room on the disk comes before the old files go.
    for split in Split.allCases { try writers[split]?.complete() }
    var texts = [
      try complete(Array(tokenizer.json.utf8), at: "\(folder)/\(tokenizerName)")
    ]
    if let manifest {
      texts.append(try complete(manifest.json, at: "\(folder)/\(manifestName)"))
    }
    let old =
      [manifestName, tokenizerName].map { "\(folder)/\($0)" }
      + Split.allCases.filter { writers[$0] == nil }.map { $0.path(in: folder) }
    for file in old where TextFile.exists(file) {
      do { try FileManager.default.removeItem(atPath: file) } catch {
        throw .unwritable(path: file, reason: SystemReason.of(error))
      }
    }
    for split in Split.allCases { try writers[split]?.finish() }
    for text in texts { try text.takePlace() }
  }

  private static func complete(
    _ bytes: [UInt8], at path: String
  ) throws(CorpusError) -> PartialFile {
    let file = try PartialFile(path: path)
    try file.append(bytes)
    try file.sync()
    return file
  }
}

extension PreparedManifest {
  fileprivate var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a manifest is plain data")
    }
    return Array(data)
  }
}
