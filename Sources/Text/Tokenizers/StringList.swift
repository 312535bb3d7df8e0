// Lists of tokens in JSON.

/// A JSON list of strings and where each starts.
struct StringList {
  private(set) var strings = TokenTable()
  private(set) var offsets: [Int] = []

  init(_ reader: inout JSONReader) throws(TokenizerError) {
    var text: [UInt8] = []
    var strings = TokenTable()
    var offsets: [Int] = []
    try reader.array { (reader) throws(TokenizerError) in
      offsets.append(reader.offset)
      text.removeAll(keepingCapacity: true)
      try reader.string(into: &text)
      strings.append(text)
    }
    self.strings = strings
    self.offsets = offsets
  }
}
