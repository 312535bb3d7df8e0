// Tokens that are found in a text before it is cut into pieces.

/// A token beside the merges, as `added_tokens` of a tokenizer.json lists it.
package struct AddedToken: Sendable, Equatable {
  package let id: Int32
  /// UTF-8, as it is written in a text; not empty.
  package let content: [UInt8]
  /// Whether it is a mark rather than text: read only where the caller asks for it.
  package var isSpecial = true
  /// Not read where it is part of a longer word.
  package var isSingleWord = false
  /// Takes the white space before it, or after it, with it.
  package var stripsLeft = false
  package var stripsRight = false
  /// Looked for after the others, in what the normalizer made of the text.
  package var isNormalized = false
}

/// Finds added tokens as Hugging Face does (tokenizers, added_vocabulary.rs): leftmost first,
/// the longest of those that start at one place, without overlap.
struct AddedTokenMatcher: Sendable {
  /// A part of a text.
  struct Section {
    var start: Int
    var end: Int
    /// The id that the part stands for; nil for plain text.
    var token: Int32?
  }

  private let tokens: [AddedToken]
  /// A trie: node 0 is the root; `children` are keyed by node and byte.
  private var children: [UInt64: Int32] = [:]
  /// The token that ends at a node, as an index into `tokens`, -1 for none.
  private var ends: [Int32] = [-1]
  /// Whether a token starts with a byte.
  private var starts = [Bool](repeating: false, count: 256)

  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() {
      guard let first = token.content.first else { continue }
      starts[Int(first)] = true
      var node: Int32 = 0
      for byte in token.content {
        let key = Self.key(node, byte)
        if let child = children[key] {
          node = child
        } else {
          children[key] = Int32(ends.count)
          node = Int32(ends.count)
          ends.append(-1)
        }
      }
      ends[Int(node)] = Int32(index)
    }
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// Whether any token is not special.
  var hasPlainTokens: Bool { tokens.contains { !$0.isSpecial } }

  private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 {
    UInt64(node) << 8 | UInt64(byte)
  }

  /// The longest token that starts at `start`, as an index.
  private func longest(in text: Span<UInt8>, at start: Int) -> Int? {
    var found: Int?
    var node: Int32 = 0
    var position = start
    while position < text.count, let child = children[Self.key(node, text[position])] {
      node = child
      position += 1
      if ends[Int(node)] >= 0 { found = Int(ends[Int(node)]) }
    }
    return found
  }

  /// The parts of `text`, in order and without a gap; places count from `base`.
  func sections(
    of text: Span<UInt8>, base: Int, readingSpecial: Bool, into sections: inout [Section]
  ) {
    var plain = 0
    var position = 0
    while position < text.count {
      guard starts[Int(text[position])], let index = longest(in: text, at: position) else {
        position += 1
        continue
      }
      let token = tokens[index]
      var start = position
      position += token.content.count
      var end = position
      if token.isSpecial, !readingSpecial { continue }
      if token.isSingleWord,
        WordBoundary.endsWithWord(text, before: start) || WordBoundary.startsWithWord(text, at: end)
      {
        continue
      }
      if token.stripsLeft { start = WordBoundary.startOfSpace(in: text, before: start) }
      if token.stripsRight { end = WordBoundary.endOfSpace(in: text, from: end) }
      start = max(start, plain)
      guard start < end else { continue }
      if plain < start { sections.append(Section(start: base + plain, end: base + start)) }
      sections.append(Section(start: base + start, end: base + end, token: token.id))
      plain = end
      position = max(position, end)
    }
    if plain < text.count { sections.append(Section(start: base + plain, end: base + text.count)) }
  }
}

/// What Rust's regular expressions call `\w` and `\s`, at the edges of a token.
private enum WordBoundary {
  private static func scalar(_ text: Span<UInt8>, at offset: Int) -> Unicode.Scalar? {
    guard offset < text.count else { return nil }
    return UTF8Coding.scalar(in: text, at: offset).flatMap { Unicode.Scalar($0.value) }
  }

  /// Where the scalar before `offset` starts.
  private static func previous(_ text: Span<UInt8>, before offset: Int) -> Int? {
    guard offset > 0 else { return nil }
    var start = offset - 1
    while start > 0, offset - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
    return start
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }

  static func startsWithWord(_ text: Span<UInt8>, at offset: Int) -> Bool {
    scalar(text, at: offset).map(isWord) ?? false
  }

  static func endsWithWord(_ text: Span<UInt8>, before offset: Int) -> Bool {
    previous(text, before: offset).flatMap { scalar(text, at: $0) }.map(isWord) ?? false
  }

  static func startOfSpace(in text: Span<UInt8>, before offset: Int) -> Int {
    var start = offset
    while let before = previous(text, before: start), let scalar = scalar(text, at: before),
      scalar.properties.isWhitespace
    {
      start = before
    }
    return start
  }

  static func endOfSpace(in text: Span<UInt8>, from offset: Int) -> Int {
    var end = offset
    while let step = end < text.count ? UTF8Coding.scalar(in: text, at: end) : nil,
      Unicode.Scalar(step.value)?.properties.isWhitespace == true
    {
      end += step.length
    }
    return end
  }
}
