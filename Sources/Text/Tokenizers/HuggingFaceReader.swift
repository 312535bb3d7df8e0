// A tokenizer.json of Hugging Face's tokenizers library, as far as byte-level merges go.

/// Reads the members of the file in any order, then makes a tokenizer of them.
///
/// What it cannot do exactly as the library does, it refuses with the reason.
struct HuggingFaceReader {
  /// A value and where it stands in the file.
  struct Located<Value> {
    let value: Value
    let offset: Int
  }

  /// More ids than any vocabulary has; the table of tokens is as long as the largest id.
  static let largestID = 1 << 24

  private(set) var reader: JSONReader
  private(set) var addedTokens: [Located<JSONNode>] = []
  /// `normalizer`, `pre_tokenizer`, `post_processor` and `decoder`; without those that are null.
  private(set) var parts: [String: Located<JSONNode>] = [:]
  private(set) var settings: [String: Located<JSONNode>] = [:]
  /// The keys of the vocabulary in the order of the file.
  private(set) var keys = TokenTable()
  private(set) var ids: [Located<Int>] = []
  /// Left and right parts in turn.
  private(set) var mergeParts = TokenTable()
  private(set) var mergeOffsets: [Int] = []

  /// Reads the object that comes next.
  init(_ reader: JSONReader) throws(TokenizerError) {
    self.reader = reader
    let start = reader.offset
    var copy = reader
    try copy.object { (reader) throws(TokenizerError) in
      let key = try reader.stringText()
      try reader.punctuation(UInt8(ascii: ":"))
      switch key {
      case "added_tokens":
        guard reader.peek() == UInt8(ascii: "[") else {
          _ = try reader.node()
          break
        }
        try reader.array { (reader) throws(TokenizerError) in
          let offset = reader.offset
          self.addedTokens.append(Located(value: try reader.node(), offset: offset))
        }
      case "model": try self.readModel(&reader)
      case "normalizer", "pre_tokenizer", "post_processor", "decoder":
        _ = reader.peek()
        let offset = reader.offset
        let node = try reader.node()
        if node != .null { self.parts[key] = Located(value: node, offset: offset) }
      default: _ = try reader.node()
      }
    }
    self.reader = copy
    guard keys.count > 0 else {
      throw copy.fault("there is no model with a vocabulary in this file", at: start)
    }
  }

  private mutating func readModel(_ reader: inout JSONReader) throws(TokenizerError) {
    try reader.object { (reader) throws(TokenizerError) in
      let key = try reader.stringText()
      try reader.punctuation(UInt8(ascii: ":"))
      switch (key, reader.peek()) {
      case ("vocab", UInt8(ascii: "{")): try self.readVocabulary(&reader)
      case ("merges", UInt8(ascii: "[")):
        try reader.array { (reader) throws(TokenizerError) in try self.readMerge(&reader) }
      default:
        let offset = reader.offset
        let node = try reader.node()
        self.settings[key] = Located(value: node, offset: offset)
        if key == "type", node != .string("BPE") {
          throw reader.fault(
            "the model is \(node.text ?? "of no known type"); only BPE on bytes can be read",
            at: offset)
        }
      }
    }
  }

  private mutating func readVocabulary(_ reader: inout JSONReader) throws(TokenizerError) {
    var key: [UInt8] = []
    try reader.object { (reader) throws(TokenizerError) in
      let offset = reader.offset
      key.removeAll(keepingCapacity: true)
      try reader.string(into: &key)
      try reader.punctuation(UInt8(ascii: ":"))
      let id = try reader.integer()
      guard id < Self.largestID else {
        throw reader.fault("id \(id) is larger than any vocabulary", at: offset)
      }
      self.keys.append(key)
      self.ids.append(Located(value: id, offset: offset))
    }
  }

  /// `"a b"` or `["a", "b"]`.
  private mutating func readMerge(_ reader: inout JSONReader) throws(TokenizerError) {
    let start = reader.offset
    var parts: [[UInt8]] = []
    if reader.peek() == UInt8(ascii: "[") {
      try reader.array { (reader) throws(TokenizerError) in
        parts.append([])
        try reader.string(into: &parts[parts.count - 1])
      }
    } else {
      var line: [UInt8] = []
      try reader.string(into: &line)
      parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { Array($0) }
    }
    guard parts.count == 2 else {
      throw reader.fault("a merge is two tokens with one space between them", at: start)
    }
    for part in parts { mergeParts.append(part) }
    mergeOffsets.append(start)
  }
}
