// The JSON text from which a checkpoint restores its tokenizer.

package enum TokenizerFile {
  /// Grows when a reader of the older form would misunderstand the text.
  private static let version = 1

  /// The tokenizer whose `json` this is.
  ///
  /// Throws `malformedFile`, with `path` as the name of the text, where it is damaged, of a newer
  /// version or of an unknown kind.
  package static func tokenizer(
    from json: String, path: String
  ) throws(TokenizerError) -> any Tokenizer {
    var reader = JSONReader(Array(json.utf8), path: path)
    let tokenizer: any Tokenizer
    switch try readHead(&reader) {
    case .character: tokenizer = try CharacterTokenizer(description: &reader)
    case .bpe: tokenizer = try BytePairTokenizer(description: &reader)
    }
    try reader.punctuation(UInt8(ascii: "}"))
    try reader.end()
    return tokenizer
  }

  private static func readHead(_ reader: inout JSONReader) throws(TokenizerError) -> TokenizerKind {
    try reader.punctuation(UInt8(ascii: "{"))
    try reader.key("version")
    let found = try reader.integer()
    guard found == version else {
      throw reader.fault(
        "tokenizer format \(found) is not known here, only \(version); use a newer trainer",
        at: reader.offset)
    }
    try reader.member("kind")
    let start = reader.offset
    var name: [UInt8] = []
    try reader.string(into: &name)
    guard let kind = TokenizerKind(rawValue: String(decoding: name, as: UTF8.self)) else {
      let known = TokenizerKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.fault("unknown kind of tokenizer; known are: \(known)", at: start)
    }
    return kind
  }

  /// A writer that has written what `readHead` reads.
  static func writer(kind: TokenizerKind) -> JSONWriter {
    var writer = JSONWriter()
    writer.raw("{\"version\":\(version)")
    writer.member("kind")
    writer.string(Array(kind.rawValue.utf8))
    return writer
  }
}
