// The part of JSON that tokenizer files use, read byte for byte.

/// Reads JSON from bytes. Keys stay bytes: a `Dictionary<String, _>` would merge keys that are
/// canonically equivalent, and a vocabulary of 50,000 entries is read in a few milliseconds.
package struct JSONReader {
  /// Name of the text in errors.
  package let path: String
  /// What the text is, in errors.
  private let subject: String
  private let text: [UInt8]
  package private(set) var offset = 0
  /// Whether half of a surrogate pair becomes U+FFFD instead of an error, and how many have.
  var replacesHalfPairs = false
  private(set) var replacedCount = 0
  private var depth = 0
  private static let greatestDepth = 200

  package init(_ text: [UInt8], path: String, subject: String = "file") {
    self.text = text
    self.path = path
    self.subject = subject
  }

  package func fault(_ reason: String, at offset: Int) -> TokenizerError {
    .malformedFile(path: path, position: TextPosition(of: offset, in: text), reason: reason)
  }

  private func unexpected(_ wanted: String) -> TokenizerError {
    let found =
      offset < text.count
      ? "" : "the \(subject) ends early (\(text.count) bytes); is it truncated? "
    return fault("\(found)\(wanted) expected", at: offset)
  }

  private mutating func skipSpace() {
    while offset < text.count, [0x20, 0x0a, 0x0d, 0x09].contains(text[offset]) { offset += 1 }
  }

  /// The next byte that is not white space; nil at the end.
  package mutating func peek() -> UInt8? {
    skipSpace()
    return offset < text.count ? text[offset] : nil
  }

  /// The letters, digits and signs that come next, which the reader goes past.
  mutating func literal() -> String {
    let start = offset
    while offset < text.count, Self.isLiteral(text[offset]) { offset += 1 }
    return String(decoding: text[start..<offset], as: UTF8.self)
  }

  private static func isLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Goes past `byte` if it comes next.
  package mutating func accepts(_ byte: UInt8) -> Bool {
    skipSpace()
    guard offset < text.count, text[offset] == byte else { return false }
    offset += 1
    return true
  }

  package mutating func punctuation(_ byte: UInt8) throws(TokenizerError) {
    guard accepts(byte) else { throw unexpected("'\(Unicode.Scalar(byte))'") }
  }

  /// Reads `"name":`.
  mutating func key(_ name: String) throws(TokenizerError) {
    skipSpace()
    let start = offset
    var found: [UInt8] = []
    try string(into: &found)
    guard found == Array(name.utf8) else {
      throw fault("the member \"\(name)\" expected", at: start)
    }
    try punctuation(UInt8(ascii: ":"))
    skipSpace()
  }

  /// Reads `, "name":`.
  mutating func member(_ name: String) throws(TokenizerError) {
    try punctuation(UInt8(ascii: ","))
    try key(name)
  }

  /// Reads a list; `element` reads one item of it.
  package mutating func array(
    _ element: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try list(from: UInt8(ascii: "["), to: UInt8(ascii: "]"), element)
  }

  /// Reads an object; `member` reads one key, the colon and the value.
  package mutating func object(
    _ member: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try list(from: UInt8(ascii: "{"), to: UInt8(ascii: "}"), member)
  }

  private mutating func list(
    from opening: UInt8, to closing: UInt8,
    _ element: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try punctuation(opening)
    if accepts(closing) { return }
    repeat {
      skipSpace()
      try element(&self)
    } while accepts(UInt8(ascii: ","))
    guard accepts(closing) else {
      throw unexpected("',' or '\(Unicode.Scalar(closing))'")
    }
  }

  /// Goes past a value of any kind.
  package mutating func skipValue() throws(TokenizerError) {
    skipSpace()
    guard offset < text.count else { throw unexpected("a value") }
    switch text[offset] {
    case UInt8(ascii: "\""):
      var ignored: [UInt8] = []
      try string(into: &ignored)
    case UInt8(ascii: "["):
      try nested { (reader) throws(TokenizerError) in
        try reader.array { (reader) throws(TokenizerError) in try reader.skipValue() }
      }
    case UInt8(ascii: "{"):
      try nested { (reader) throws(TokenizerError) in
        try reader.object { (reader) throws(TokenizerError) in
          var ignored: [UInt8] = []
          try reader.string(into: &ignored)
          try reader.punctuation(UInt8(ascii: ":"))
          try reader.skipValue()
        }
      }
    default: try skipWord()
    }
  }

  /// Values within values, but not so many that the stack would not hold them.
  private mutating func nested(
    _ body: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    guard depth < Self.greatestDepth else { throw fault("values nest too deeply", at: offset) }
    depth += 1
    try body(&self)
    depth -= 1
  }

  /// A number, true, false or null.
  private mutating func skipWord() throws(TokenizerError) {
    let start = offset
    while offset < text.count, isPartOfWord(text[offset]) { offset += 1 }
    let word = text[start..<offset]
    let isName = ["true", "false", "null"].contains { word.elementsEqual($0.utf8) }
    guard isName || Double(String(decoding: word, as: UTF8.self)) != nil else {
      throw fault("a value expected", at: start)
    }
  }

  private func isPartOfWord(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
      || lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") || "+-.".utf8.contains(byte)
  }

  /// A whole number that is not negative.
  package mutating func integer() throws(TokenizerError) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while offset < text.count, case let digit = text[offset] &- UInt8(ascii: "0"), digit < 10 {
      guard value < 1 << 32 else { throw fault("the number is too large", at: start) }
      value = value * 10 + Int(digit)
      offset += 1
    }
    guard offset > start else { throw unexpected("a number") }
    return value
  }

  /// Nothing but white space may follow.
  package mutating func end() throws(TokenizerError) {
    skipSpace()
    guard offset == text.count else { throw fault("text after the end", at: offset) }
  }

  /// Appends the UTF-8 of a string, which may be malformed where the file's own is.
  package mutating func string(into bytes: inout [UInt8]) throws(TokenizerError) {
    guard accepts(UInt8(ascii: "\"")) else { throw unexpected("a string") }
    while offset < text.count {
      let byte = text[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"): try escape(into: &bytes)
      case ..<0x20: throw fault("a control character in a string", at: offset - 1)
      default: bytes.append(byte)
      }
    }
    throw unexpected("'\"'")
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(TokenizerError) {
    let start = offset - 1
    guard offset < text.count else { throw unexpected("an escape") }
    let byte = text[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0c)
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): UTF8Coding.append(try escapedScalar(from: start), to: &bytes)
    default: throw fault("an unknown escape", at: start)
    }
  }

  /// What follows `\u`; two surrogates make one scalar.
  private mutating func escapedScalar(from start: Int) throws(TokenizerError) -> UInt32 {
    let first = try hexadecimal()
    guard first & 0xf800 == 0xd800 else { return first }
    let end = offset
    if first < 0xdc00, text.count - offset >= 2, text[offset] == UInt8(ascii: "\\"),
      text[offset + 1] == UInt8(ascii: "u")
    {
      offset += 2
      let second = try hexadecimal()
      if second & 0xfc00 == 0xdc00 {
        return 0x10000 + (first & 0x3ff) << 10 + second & 0x3ff
      }
    }
    guard replacesHalfPairs else { throw fault("half of a surrogate pair", at: start) }
    // What follows it stands for itself.
    offset = end
    replacedCount += 1
    return 0xfffd
  }

  private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard offset < text.count,
        let digit = Character(Unicode.Scalar(text[offset])).hexDigitValue
      else { throw unexpected("a hexadecimal digit") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
