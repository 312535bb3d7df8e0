// What can go wrong with tokenizers and their files.

/// A place in a text, for people: both numbers start at 1.
package struct TextPosition: Sendable, Equatable {
  package let line: Int
  /// Counted in Unicode scalars.
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The place of byte `offset` in `text`.
  init(of offset: Int, in text: [UInt8]) {
    var line = 1
    var column = 1
    for byte in text[..<min(offset, text.count)] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xc0 != 0x80 {
        column += 1
      }
    }
    self.init(line: line, column: column)
  }
}

package enum TokenizerError: Error, Equatable {
  /// A character tokenizer cannot be made from nothing.
  case emptyText
  /// The bytes from `byteOffset` on are not UTF-8.
  case invalidUTF8(byteOffset: Int)
  /// A character that the training text did not contain.
  case unknownCharacter(Unicode.Scalar, position: TextPosition, byteOffset: Int)
  case unreadableFile(path: String, reason: String)
  /// A file of a tokenizer that is truncated, damaged or does not belong to the others.
  case malformedFile(path: String, position: TextPosition, reason: String)
}

extension TokenizerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .emptyText:
      "the text is empty, so there are no characters to make a vocabulary of; "
        + "give a text to train on"
    case .invalidUTF8(let byteOffset):
      "invalid UTF-8 at byte \(byteOffset); save the text as UTF-8, or use the tokenizer gpt2, "
        + "which takes any bytes"
    case .unknownCharacter(let scalar, let position, let byteOffset):
      "the character \(Self.name(of: scalar)) at line \(position.line), "
        + "column \(position.column) (byte \(byteOffset)) is not in the vocabulary; "
        + "remove it, add it to the training text, or use the tokenizer gpt2, which takes any text"
    case .unreadableFile(let path, let reason):
      "\(path): \(reason)"
    case .malformedFile(let path, let position, let reason):
      "\(path):\(position.line):\(position.column): \(reason)"
    }
  }

  /// `'é' (U+00E9)`, or the code alone where the scalar would not show or would join its
  /// neighbours.
  static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
      return code
    default:
      return "'\(scalar)' (\(code))"
    }
  }
}
