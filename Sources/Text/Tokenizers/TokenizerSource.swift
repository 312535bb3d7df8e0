// Tokenizers from files and folders, whatever their form.
import FoundationEssentials

package enum TokenizerSource {
  /// Names of the file with everything, and of the pairs with merges and ids.
  package static let tokenizerName = "tokenizer.json"
  package static let pairs = [
    (merges: "merges.txt", vocabulary: "vocab.json"),
    (merges: "vocab.bpe", vocabulary: "encoder.json"),
  ]

  /// The tokenizer at `path`: a `tokenizer.json` (Hugging Face's or the trainer's own form), or a
  /// folder that has one, or `vocab.json` with `merges.txt`, or GPT-2's `encoder.json` with
  /// `vocab.bpe`, looked for in this order; one file of a pair stands for both.
  ///
  /// Throws `unreadableFile` and `malformedFile`.
  package static func load(_ path: String) throws(TokenizerError) -> any Tokenizer {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw .unreadableFile(
        path: path,
        reason: "there is no such file or folder; name a \(tokenizerName), a folder with one, or a "
          + "folder with vocab.json and merges.txt")
    }
    if isDirectory { return try load(folder: path) }
    let url = URL(filePath: path)
    for pair in pairs where [pair.merges, pair.vocabulary].contains(url.lastPathComponent) {
      let folder = url.deletingLastPathComponent().path(percentEncoded: false)
      return try load(pair, in: folder.hasSuffix("/") ? String(folder.dropLast()) : folder)
    }
    return try tokenizer(from: contents(of: path), path: path)
  }

  private static func load(folder: String) throws(TokenizerError) -> any Tokenizer {
    let path = "\(folder)/\(tokenizerName)"
    if FileManager.default.fileExists(atPath: path) {
      return try tokenizer(from: contents(of: path), path: path)
    }
    for pair in pairs {
      let names = [pair.merges, pair.vocabulary]
      guard names.contains(where: { FileManager.default.fileExists(atPath: "\(folder)/\($0)") })
      else { continue }
      return try load(pair, in: folder)
    }
    throw .unreadableFile(
      path: folder,
      reason: "no tokenizer in this folder; it should have \(tokenizerName), or vocab.json and "
        + "merges.txt, or encoder.json and vocab.bpe")
  }

  private static func load(
    _ pair: (merges: String, vocabulary: String), in folder: String
  ) throws(TokenizerError) -> any Tokenizer {
    for (name, other) in [(pair.merges, pair.vocabulary), (pair.vocabulary, pair.merges)]
    where !FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      throw .unreadableFile(
        path: "\(folder)/\(name)", reason: "there is no such file; \(other) needs it beside it")
    }
    return try BytePairTokenizer(
      mergesPath: "\(folder)/\(pair.merges)", vocabularyPath: "\(folder)/\(pair.vocabulary)")
  }

  /// A tokenizer from the text of a file, of Hugging Face's form or the trainer's own; `path` names
  /// it in errors.
  package static func tokenizer(
    from json: [UInt8], path: String
  ) throws(TokenizerError) -> any Tokenizer {
    if let offset = UTF8Coding.firstInvalidByte(of: json) {
      throw JSONReader(json, path: path).fault("invalid UTF-8 (byte \(offset))", at: offset)
    }
    if TokenizerFile.isDescription(json) {
      return try TokenizerFile.tokenizer(from: json, path: path)
    }
    let file = try HuggingFaceReader(JSONReader(json, path: path))
    var rest = file.reader
    try rest.end()
    return try file.tokenizer()
  }

  static func contents(of path: String) throws(TokenizerError) -> [UInt8] {
    do { return [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
      let reason =
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile?: "there is no such file"
        case .fileReadNoPermission?: "permission to read it is denied"
        default: "it cannot be read"
        }
      throw .unreadableFile(path: path, reason: reason)
    }
  }

  /// Writes `tokenizer.json` into `folder`, and `vocab.json` and `merges.txt` for merges; returns
  /// the paths.
  ///
  /// Merges are written in Hugging Face's form, the others in the trainer's own. A file comes to
  /// its name when it is complete.
  package static func save(
    _ tokenizer: any Tokenizer, folder: String
  ) throws(TokenizerError) -> [String] {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw .unwritableFile(path: folder, reason: SystemReason.of(error)) }
    var paths: [String] = []
    for (name, text) in files(of: tokenizer) {
      try write(text, to: "\(folder)/\(name)")
      paths.append("\(folder)/\(name)")
    }
    return paths
  }

  /// Names and bytes of what `save(_:folder:)` writes.
  package static func files(of tokenizer: any Tokenizer) -> [(name: String, text: [UInt8])] {
    var files = [(tokenizerName, fileText(of: tokenizer))]
    if let tokenizer = tokenizer as? BytePairTokenizer {
      let writer = HuggingFaceWriter(tokenizer)
      files.append((pairs[0].vocabulary, writer.vocabularyFile))
      files.append((pairs[0].merges, writer.mergesFile))
    }
    return files
  }

  /// Writes the tokenizer as one file, as `save(_:folder:)` writes `tokenizer.json`.
  package static func save(_ tokenizer: any Tokenizer, file path: String) throws(TokenizerError) {
    try write(fileText(of: tokenizer), to: path)
  }

  private static func fileText(of tokenizer: any Tokenizer) -> [UInt8] {
    (tokenizer as? BytePairTokenizer).map { HuggingFaceWriter($0).tokenizerFile }
      ?? Array(tokenizer.json.utf8)
  }

  private static func write(_ text: [UInt8], to path: String) throws(TokenizerError) {
    do { try Data(text).write(to: URL(filePath: path), options: .atomic) } catch {
      throw .unwritableFile(path: path, reason: SystemReason.of(error))
    }
  }
}
