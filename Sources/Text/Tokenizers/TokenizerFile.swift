// The JSON text from which a checkpoint restores its tokenizer.

package enum TokenizerFile {
  /// What the text of a checkpoint describes.
  private struct Head {
    let version: Int
    let kind: TokenizerKind
  }

  /// Grows when a reader of the older form would misunderstand the text. Version 1: characters, and
  /// merges with GPT-2's pattern and at most the marker between documents beside them. Version 2:
  /// words, and all other merges, as a tokenizer.json.
  private static let newestVersion = 2

  /// The tokenizer whose `json` this is.
  ///
  /// Throws `malformedFile`, with `path` as the name of the text, where it is damaged, of a newer
  /// version or of an unknown kind.
  package static func tokenizer(
    from json: String, path: String
  ) throws(TokenizerError) -> any Tokenizer {
    try tokenizer(from: Array(json.utf8), path: path)
  }

  static func tokenizer(
    from json: [UInt8], path: String
  ) throws(TokenizerError) -> any Tokenizer {
    var reader = JSONReader(json, path: path)
    let tokenizer: any Tokenizer
    let head = try readHead(&reader)
    switch (head.kind, head.version) {
    case (.character, _): tokenizer = try CharacterTokenizer(description: &reader)
    case (.word, _): tokenizer = try WordTokenizer(description: &reader)
    case (.bpe, 1): tokenizer = try BytePairTokenizer(description: &reader)
    case (.bpe, _):
      try reader.member("tokenizer")
      let file = try HuggingFaceReader(reader)
      reader = file.reader
      tokenizer = try file.tokenizer().ending(with: endOfText(&reader))
    }
    try reader.punctuation(UInt8(ascii: "}"))
    try reader.end()
    return tokenizer
  }

  /// Whether a JSON text is of the form that `tokenizer(from:path:)` reads, by its first member.
  static func isDescription(_ json: [UInt8]) -> Bool {
    var reader = JSONReader(json, path: "")
    guard reader.accepts(UInt8(ascii: "{")), (try? reader.key("version")) != nil else {
      return false
    }
    return (try? reader.integer()) != nil
  }

  private static func readHead(_ reader: inout JSONReader) throws(TokenizerError) -> Head {
    try reader.punctuation(UInt8(ascii: "{"))
    try reader.key("version")
    let version = try reader.integer()
    guard (1...newestVersion).contains(version) else {
      throw reader.fault(
        "tokenizer format \(version) is not known here, only up to \(newestVersion); use a newer "
          + "trainer", at: reader.offset)
    }
    try reader.member("kind")
    let start = reader.offset
    var name: [UInt8] = []
    try reader.string(into: &name)
    guard let kind = TokenizerKind(rawValue: String(decoding: name, as: UTF8.self)) else {
      let known = TokenizerKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.fault("unknown kind of tokenizer; known are: \(known)", at: start)
    }
    return Head(version: version, kind: kind)
  }

  /// Follows a tokenizer.json that does not say what the marker between documents is.
  static let endOfTextKey = "end_of_text"

  private static func endOfText(_ reader: inout JSONReader) throws(TokenizerError) -> Int? {
    guard reader.peek() == UInt8(ascii: ",") else { return nil }
    try reader.member(endOfTextKey)
    return try reader.integer()
  }

  /// A writer that has written what `readHead` reads.
  static func writer(kind: TokenizerKind, version: Int = 1) -> JSONWriter {
    var writer = JSONWriter()
    writer.raw("{\"version\":\(version)")
    writer.member("kind")
    writer.string(Array(kind.rawValue.utf8))
    return writer
  }
}
