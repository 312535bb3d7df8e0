// The first cut: text into pieces that merges never cross.

/// Cuts text as the regular expressions of GPT-2 and its relatives do.
///
/// A scanner by hand in place of a regular expression: one pass, each byte looked at a few times
/// at most, so that no text takes quadratic time. A byte that is not part of well-formed UTF-8
/// counts as a symbol of its own. Unicode's categories are those of version 16.
package struct PreTokenizer: Sendable {
  /// Which expression; the raw value is its name in checkpoints.
  package enum Pattern: String, Sendable, CaseIterable {
    /// openai/gpt-2, src/encoder.py:
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// GPT-4's (cl100k) as Llama 3 writes it: capitals in contractions, any one character before a
    /// word, numbers in threes, line breaks with the symbols before them.
    case llama3
    /// As `llama3`, each digit on its own.
    case qwen2
    /// The text is one piece.
    case whole
  }

  /// What the pattern tells apart.
  enum CharacterClass: UInt8 {
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `\s`
    case whitespace
    case symbol
  }

  /// The classes of U+0000…U+FFFF; the scalars above are rare enough to be asked for one by one.
  private let classes: [CharacterClass]

  private let pattern: Pattern

  package init(_ pattern: Pattern = .gpt2) {
    self.pattern = pattern
    classes = Self.basicPlane
  }

  /// The end of the piece that starts at `start`, which must lie before the end of `text`.
  @inline(__always)
  package func endOfPiece(in text: Span<UInt8>, from start: Int) -> Int {
    switch pattern {
    case .gpt2: endOfGPT2Piece(in: text, from: start)
    case .llama3: endOfModernPiece(in: text, from: start, longestNumber: 3)
    case .qwen2: endOfModernPiece(in: text, from: start, longestNumber: 1)
    case .whole: text.count
    }
  }

  private func endOfGPT2Piece(in text: Span<UInt8>, from start: Int) -> Int {
    let first = text[start]
    if first == UInt8(ascii: "'") {
      let length = contractionLength(in: text, at: start)
      if length > 0 { return start + length }
    }
    let head = step(in: text, at: start)
    let second = start + head.length
    guard head.kind == .whitespace else { return endOfRun(of: head.kind, in: text, from: second) }
    if first == UInt8(ascii: " "), second < text.count {
      let next = step(in: text, at: second)
      if next.kind != .whitespace {
        return endOfRun(of: next.kind, in: text, from: second + next.length)
      }
    }
    return endOfWhitespace(in: text, from: start)
  }

  /// 2 for `'s 't 'm 'd`, 3 for `'re 've 'll`, else 0. Capitals do not count.
  private func contractionLength(in text: Span<UInt8>, at start: Int) -> Int {
    guard start + 1 < text.count else { return 0 }
    let third = start + 2 < text.count ? text[start + 2] : 0
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return third == UInt8(ascii: "e") ? 3 : 0
    case UInt8(ascii: "l"): return third == UInt8(ascii: "l") ? 3 : 0
    default: return 0
    }
  }

  @inline(__always)
  func endOfRun(of kind: CharacterClass, in text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < text.count {
      let next = step(in: text, at: position)
      guard next.kind == kind else { break }
      position += next.length
    }
    return position
  }

  /// `\s+(?!\S)|\s+`: a run of white space leaves its last scalar to the word that follows, unless
  /// it is all there is.
  func endOfWhitespace(in text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    var last = start
    while position < text.count {
      let next = step(in: text, at: position)
      guard next.kind == .whitespace else { return last > start ? last : position }
      last = position
      position += next.length
    }
    return position
  }

  /// Class and length in bytes of the scalar at `offset`.
  @inline(__always)
  func step(in text: Span<UInt8>, at offset: Int) -> (kind: CharacterClass, length: Int) {
    let byte = text[offset]
    if byte < 0x80 { return (classes[Int(byte)], 1) }
    guard let scalar = UTF8Coding.scalar(in: text, at: offset) else { return (.symbol, 1) }
    if scalar.value < 0x10000 { return (classes[Int(scalar.value)], scalar.length) }
    return (Self.characterClass(of: scalar.value), scalar.length)
  }

  private static let basicPlane: [CharacterClass] = (0..<0x10000).map(characterClass)

  /// Scalars of newer versions are symbols, whatever the standard library knows: a text has the same
  /// tokens with every toolchain, and the same as with the libraries of others, which know as much.
  private static let unicodeVersion = 16

  private static func characterClass(of value: UInt32) -> CharacterClass {
    guard let scalar = Unicode.Scalar(value),
      let age = scalar.properties.age, age.major <= unicodeVersion
    else { return .symbol }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      return .number
    default:
      return scalar.properties.isWhitespace ? .whitespace : .symbol
    }
  }
}
