// Words, punctuation marks and line breaks of a text.

/// Cuts a text for `WordTokenizer`.
///
/// A word is a run of letters, marks and numbers; an apostrophe between two of them belongs to it
/// ("don't"). An ideograph is a word of its own, as scripts that have them put no spaces between
/// words. A line break is `\n`, `\r` or both; three underscores or more are a blank to fill in.
/// Every other scalar that is not white space is a punctuation mark of its own.
struct WordScanner {
  enum Kind: UInt8 {
    case space
    case lineBreak
    case blank
    case word
    case ideograph
    case mark
  }

  /// The part that starts at `start`, which must lie before the end of `text`. Throws the offset
  /// of bytes that are not UTF-8.
  static func part(
    of text: Span<UInt8>, from start: Int
  ) throws(TokenizerError) -> (kind: Kind, end: Int) {
    let first = try step(in: text, at: start)
    switch first.kind {
    case .word: return (.word, try endOfWord(in: text, from: start + first.length))
    case .space where text[start] == UInt8(ascii: "\n"): return (.lineBreak, start + 1)
    case .space where text[start] == UInt8(ascii: "\r"):
      let isPair = start + 1 < text.count && text[start + 1] == UInt8(ascii: "\n")
      return (.lineBreak, start + (isPair ? 2 : 1))
    case .mark where text[start] == UInt8(ascii: "_"):
      var end = start
      while end < text.count, text[end] == UInt8(ascii: "_") { end += 1 }
      return end - start >= 3 ? (.blank, end) : (.mark, start + 1)
    default: return (first.kind, start + first.length)
    }
  }

  private static func endOfWord(
    in text: Span<UInt8>, from start: Int
  ) throws(TokenizerError) -> Int {
    var end = start
    while end < text.count {
      let next = try step(in: text, at: end)
      if next.kind == .word {
        end += next.length
        continue
      }
      let second = end + next.length
      guard next.isApostrophe, second < text.count,
        case let after = try step(in: text, at: second), after.kind == .word
      else { break }
      end = second + after.length
    }
    return end
  }

  private struct Step {
    let kind: Kind
    let length: Int
    var isApostrophe = false
  }

  @inline(__always)
  private static func step(
    in text: Span<UInt8>, at offset: Int
  ) throws(TokenizerError) -> Step {
    guard let scalar = UTF8Coding.scalar(in: text, at: offset) else {
      throw .invalidUTF8(byteOffset: offset)
    }
    let kind = scalar.value < 0x10000 ? basicPlane[Int(scalar.value)] : Self.kind(of: scalar.value)
    return Step(
      kind: kind, length: scalar.length,
      isApostrophe: scalar.value == 0x27 || scalar.value == 0x2019)
  }

  /// The kinds of U+0000…U+FFFF.
  private static let basicPlane: [Kind] = (0..<0x10000).map(kind)

  private static func kind(of value: UInt32) -> Kind {
    guard let scalar = Unicode.Scalar(value) else { return .mark }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return scalar.properties.isIdeographic ? .ideograph : .word
    default: return scalar.properties.isWhitespace ? .space : .mark
    }
  }

  /// Appends `text[start..<end]`, which must be UTF-8, with small letters for capitals, scalar by
  /// scalar.
  static func appendLowercased(
    _ text: Span<UInt8>, from start: Int, to end: Int, to bytes: inout [UInt8]
  ) {
    var offset = start
    while offset < end, let step = UTF8Coding.scalar(in: text, at: offset) {
      switch step.value {
      case 0x41...0x5a: bytes.append(UInt8(step.value | 0x20))
      case ..<0x80: bytes.append(UInt8(step.value))
      default:
        guard let scalar = Unicode.Scalar(step.value) else { break }
        if scalar.properties.changesWhenLowercased {
          bytes += scalar.properties.lowercaseMapping.utf8
        } else {
          for index in offset..<offset + step.length { bytes.append(text[index]) }
        }
      }
      offset += step.length
    }
  }
}
