// What may stand in a blank.

/// One to so many words, each of letters and digits with apostrophes and hyphens within, a space
/// between them.
package struct WordShape {
  let maximumWords: Int

  package init(maximumWords: Int = 1) { self.maximumWords = maximumWords }

  /// Longer ones are not looked for.
  private static let longestWord = 40

  /// Whether `text`, which may end within a character, can become words.
  package func canBegin(_ text: [UInt8]) -> Bool {
    let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    return words.count <= maximumWords
      && words.enumerated().allSatisfy { index, word in
        if word.isEmpty { return index > 0 && index == words.count - 1 || text.isEmpty }
        return word.count <= Self.longestWord && Self.isLetter(word[word.startIndex])
          && word.allSatisfy { Self.isLetter($0) || Self.isJoint($0) }
      }
  }

  /// Whether `text` is words as a whole.
  package func isComplete(_ text: [UInt8]) -> Bool {
    guard let last = text.last, Self.isLetter(last), canBegin(text),
      let characters = String(validating: text, as: UTF8.self)
    else { return false }
    return characters.unicodeScalars.allSatisfy { scalar in
      if scalar.isASCII { return true }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
        return true
      default: return scalar == "\u{2019}"
      }
    }
  }

  /// Whether a byte can only stand outside of words.
  static func isBoundary(_ byte: UInt8) -> Bool { !isLetter(byte) && !isJoint(byte) }

  /// Bytes of longer characters count as letters until the character is whole.
  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xff:
      true
    default: false
    }
  }

  private static func isJoint(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "'") || byte == UInt8(ascii: "-")
  }
}
