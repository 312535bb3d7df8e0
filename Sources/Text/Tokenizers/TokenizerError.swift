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

package indirect enum TokenizerError: Error, Equatable {
  /// Any of the others, with the file or the option whose text it is about.
  case inText(name: String, TokenizerError)
  /// A tokenizer cannot be made from nothing.
  case emptyText
  /// The bytes from `byteOffset` on are not UTF-8.
  case invalidUTF8(byteOffset: Int)
  /// A character that the training text did not contain.
  case unknownCharacter(Unicode.Scalar, position: TextPosition, byteOffset: Int)
  /// What stands where a token id should, the index-th of a list.
  case notAnID(String, index: Int)
  /// An id, the index-th of a list, that no token has.
  case idBeyondVocabulary(id: Int, index: Int, vocabularySize: Int)
  /// A vocabulary that does not hold what every tokenizer of its kind has.
  case vocabularyTooSmall(size: Int, least: Int, kind: TokenizerKind)
  case unusableSpecialToken(String, reason: String)
  case unreadableFile(path: String, reason: String)
  case unwritableFile(path: String, reason: String)
  /// A file of a tokenizer that is truncated, damaged or does not belong to the others.
  case malformedFile(path: String, position: TextPosition, reason: String)
}

extension TokenizerError {
  /// The same error in a text of which `count` bytes came before.
  package func shifted(by count: Int) -> TokenizerError {
    switch self {
    case .invalidUTF8(let offset): .invalidUTF8(byteOffset: count + offset)
    case .inText(let name, let error): .inText(name: name, error.shifted(by: count))
    default: self
    }
  }
}

extension TokenizerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .emptyText:
      "the text is empty, so there is nothing to make a vocabulary of; "
        + "give a text to train on"
    case .invalidUTF8(let byteOffset):
      "invalid UTF-8 at byte \(byteOffset); save the text as UTF-8, or use the tokenizer gpt2, "
        + "which takes any bytes"
    case .unknownCharacter(let scalar, let position, let byteOffset):
      "the character \(Self.name(of: scalar)) at line \(position.line), "
        + "column \(position.column) (byte \(byteOffset)) is not in the vocabulary; "
        + "remove it, add it to the training text, or use the tokenizer gpt2, which takes any text"
    case .inText(let name, let error):
      "\(name): \(error)"
    case .notAnID(let text, let index):
      "\"\(text)\" (the \(index + 1). of the list) is not a token id; give whole numbers with spaces "
        + "or commas between them"
    case .idBeyondVocabulary(let id, let index, let size):
      "id \(id) (the \(index + 1). of the list) is beyond the vocabulary of \(size) tokens, "
        + "whose ids run from 0 to \(size - 1); are the ids of another tokenizer?"
    case .vocabularyTooSmall(let size, let least, .bpe):
      "a vocabulary of \(size) tokens does not hold the 256 bytes and the special tokens; "
        + "take at least \(least)"
    case .vocabularyTooSmall(let size, let least, _):
      "a vocabulary of \(size) tokens has no room for words beside the special tokens; "
        + "take at least \(least)"
    case .unusableSpecialToken(let token, let reason):
      "the special token \"\(token)\" cannot be used: \(reason); leave it out"
    case .unreadableFile(let path, let reason): "\(path): \(reason)"
    case .unwritableFile(let path, let reason):
      "\(path): cannot be written: \(reason); choose another --out"
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
