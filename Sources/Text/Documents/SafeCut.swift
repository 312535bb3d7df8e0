// Where a text may be cut without changing its tokens.

/// Tokenizers cut text into pieces that merges never cross, and a text that is tokenized in parts
/// must be cut between pieces. What follows holds for every pattern the tokenizers know.
package enum SafeCut {
  /// How a text is to be cut.
  package enum Kind: Sendable {
    /// Between a line's end and the next line, both with something to see beside the break; where
    /// there is none, before a space between two ASCII letters.
    case betweenPieces
    /// After any line break.
    case afterLine
  }

  /// The first cut at `from` or later, nil if there is none. A cut lies inside the text, never at
  /// its ends.
  package static func position(_ kind: Kind, in text: Span<UInt8>, from: Int) -> Int? {
    switch kind {
    case .afterLine:
      var index = max(from, 1)
      while index < text.count {
        if text[index - 1] == newline { return index }
        index += 1
      }
      return nil
    case .betweenPieces:
      // A line break is worth a search, but not of the whole text.
      let near = min(text.count, from + searchLength)
      return lineCut(in: text, from: from, to: near) ?? wordCut(in: text, from: from, to: near)
        ?? wordCut(in: text, from: near, to: text.count)
    }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let searchLength = 4_096

  /// `x\n|y`: the break is a piece of its own, or the end of one.
  private static func lineCut(in text: Span<UInt8>, from: Int, to end: Int) -> Int? {
    var index = max(from, 2)
    while index < end {
      if text[index - 1] == newline, isVisible(text[index - 2]), isVisible(text[index]) {
        return index
      }
      index += 1
    }
    return nil
  }

  /// `a| b`: the space belongs to the word behind it.
  private static func wordCut(in text: Span<UInt8>, from: Int, to end: Int) -> Int? {
    var index = max(from, 1)
    while index < min(end, text.count - 1) {
      if text[index] == UInt8(ascii: " "), isLetter(text[index - 1]), isLetter(text[index + 1]) {
        return index
      }
      index += 1
    }
    return nil
  }

  /// ASCII only: further scalars may be white space. `<` and `>` may belong to the marker between
  /// documents.
  private static func isVisible(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
  }

  /// The start of the first character at `from` or later, for texts that offer nothing better.
  package static func character(in text: Span<UInt8>, from: Int) -> Int {
    var index = from
    while index < text.count && text[index] & 0xc0 == 0x80 { index += 1 }
    return index
  }
}
