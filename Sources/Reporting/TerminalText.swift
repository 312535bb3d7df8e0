// How much room a text takes on a terminal: columns are not characters.

extension String {
  /// Columns on a terminal: two for the characters of Chinese, Japanese and Korean and for emoji,
  /// none for combining marks and other characters without width.
  package var columnCount: Int { reduce(0) { $0 + $1.columnCount } }

  /// As much of the beginning as fits `columns`, in whole characters.
  package func prefix(columns: Int) -> String {
    var room = columns
    return String(
      prefix {
        room -= $0.columnCount
        return room >= 0
      })
  }

  /// The text itself where it fits `columns`, or else its beginning and "…".
  package func cut(toColumns columns: Int) -> String {
    columnCount <= columns ? self : prefix(columns: columns - 1) + "…"
  }

  /// The text in lines of `columns` at most, broken between words; a longer word stays whole.
  package func lines(columns: Int) -> [String] {
    split(separator: " ").map(String.init).reduce(into: [String]()) { lines, word in
      if let line = lines.last, line.columnCount + 1 + word.columnCount <= columns {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(word)
      }
    }
  }

  /// With spaces behind it, up to `columns`.
  package func padded(toColumns columns: Int) -> String { self + filling(columns) }

  /// With spaces before it, up to `columns`.
  package func indented(toColumns columns: Int) -> String { filling(columns) + self }

  private func filling(_ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - columnCount))
  }
}

extension Character {
  package var columnCount: Int {
    isEmoji ? 2 : unicodeScalars.reduce(0) { $0 + $1.columnCount }
  }

  /// Whether the character as a whole is a picture, of several scalars maybe. What only ends in a
  /// scalar of emoji, as a quotation mark before one does, is not.
  private var isEmoji: Bool {
    guard let first = unicodeScalars.first?.properties else { return false }
    return first.isEmojiPresentation
      || unicodeScalars.dropFirst().contains {
        $0 == "\u{FE0F}"
          ? first.isEmoji : $0.properties.isEmojiModifier && first.isEmojiModifierBase
      }
  }
}

extension Unicode.Scalar {
  fileprivate var columnCount: Int {
    if value < 0x300 { return (0x20..<0x7f).contains(value) || value >= 0xa0 ? 1 : 0 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator:
      return 0
    default: return isLateJamo ? 0 : isWide || properties.isEmojiPresentation ? 2 : 1
    }
  }

  /// Vowels and final consonants of Korean stand in the columns of the consonant before them.
  private var isLateJamo: Bool {
    (0x1160...0x11ff).contains(value) || (0xd7b0...0xd7ff).contains(value)
  }

  /// East Asian Width W and F (Unicode Standard Annex 11) but for emoji, which have a property; what
  /// is not assigned within a script is as wide as the script.
  private var isWide: Bool {
    switch value {
    case 0x1100...0x115f,  // initial consonants of Korean
      0x2329...0x232a,
      0x2e80...0x303e, 0x3041...0x3247, 0x3250...0x4dbf,  // radicals, kana, ideographs
      0x4e00...0xa4cf,  // unified ideographs, Yi
      0xa960...0xa97f, 0xac00...0xd7a3,  // Korean
      0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f,  // compatibility and vertical forms
      0xff01...0xff60, 0xffe0...0xffe6,  // full-width forms
      0x16fe0...0x18dff, 0x1aff0...0x1b2ff,  // Tangut, Khitan, Nushu, historic kana
      0x1f200...0x1f265,  // squared ideographs
      0x20000...0x2fffd, 0x30000...0x3fffd:  // ideographs of the supplementary planes
      true
    default: false
    }
  }
}
