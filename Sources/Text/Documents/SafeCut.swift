// Where a text may be cut without changing its tokens.

/// Tokenizers cut text into pieces that merges never cross, and a text that is tokenized in parts
/// must be cut between pieces. What follows holds for every pattern the tokenizers know, but for
/// `whole`, which cuts nothing: no place is safe for it, and its texts are cut at lines and words
/// nevertheless.
package enum SafeCut {
  /// How a text is to be cut.
  package enum Kind: Sendable {
    /// Between a line's end and the next line, both with something to see beside the break; where
    /// there is none, before a space with something to see on both sides or a comma or full stop
    /// behind an ideograph.
    case betweenPieces
    /// After any line break, but for one that belongs to the marker behind it.
    case afterLine
  }

  /// So many bytes before a place decide whether it may be cut.
  package static let lookBehind = marker.count + 2
  private static let marker = SegmentBuilder.marker

  /// The first cut at `from` or later, nil if there is none. A cut lies inside the text, never at
  /// its ends.
  package static func position(_ kind: Kind, in text: Span<UInt8>, from: Int) -> Int? {
    switch kind {
    case .afterLine:
      var index = max(from, 1)
      while index < text.count {
        if text[index - 1] == newline, !touchesMarker(text, index) { return index }
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
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let searchLength = 4_096

  /// Whether a cut would part a marker between documents from itself or from the line breaks around
  /// it, which go with it. Behind its line the marker is over.
  private static func touchesMarker(_ text: Span<UInt8>, _ index: Int) -> Bool {
    if endsDocument(text, at: index) { return false }
    for start in max(0, index - lookBehind)..<min(index + 3, text.count)
    where text[start] == marker[0] && holdsMarker(text, at: start) { return true }
    return false
  }

  /// Whether the line before a place ends with the marker: a document begins there.
  package static func endsDocument(_ text: Span<UInt8>, at index: Int) -> Bool {
    guard index > marker.count, text[index - 1] == newline else { return false }
    let isPair = text[index - 2] == carriageReturn
    return holdsMarker(text, at: index - marker.count - (isPair ? 2 : 1))
  }

  private static func holdsMarker(_ text: Span<UInt8>, at start: Int) -> Bool {
    guard start >= 0, start + marker.count <= text.count else { return false }
    for place in marker.indices where text[start + place] != marker[place] { return false }
    return true
  }

  /// `x\n|y`: the break is a piece of its own, or the end of one.
  private static func lineCut(in text: Span<UInt8>, from: Int, to end: Int) -> Int? {
    var index = max(from, 2)
    while index < end {
      if text[index - 1] == newline, endsVisibly(text, at: index - 1), isVisible(text, at: index) {
        return index
      }
      index += 1
    }
    return nil
  }

  /// `a| b`: the space belongs to what is behind it, or is a piece of its own before a number.
  /// `字|。`: the mark is no part of the word.
  private static func wordCut(in text: Span<UInt8>, from: Int, to end: Int) -> Int? {
    var index = max(from, 1)
    while index < min(end, text.count - 1) {
      if text[index] == UInt8(ascii: " "), endsVisibly(text, at: index),
        isVisible(text, at: index + 1)
      {
        return index
      }
      if isMark(text, at: index), index > 2, 0xe5...0xe8 ~= text[index - 3] { return index }
      index += 1
    }
    return nil
  }

  /// U+3002 or U+FF0C, full stop and comma of Chinese. The letters from U+5000 to U+8FFF are all
  /// ideographs.
  private static func isMark(_ text: Span<UInt8>, at index: Int) -> Bool {
    guard index + 2 < text.count else { return false }
    return switch (text[index], text[index + 1], text[index + 2]) {
    case (0xe3, 0x80, 0x82), (0xef, 0xbc, 0x8c): true
    default: false
    }
  }

  /// Whether a visible character stands at `index`.
  private static func isVisible(_ text: Span<UInt8>, at index: Int) -> Bool {
    if text[index] < 0x80 { return isVisible(text[index]) }
    return UTF8Coding.scalar(in: text, at: index).map { !isWhiteSpace($0.value) } ?? false
  }

  /// Whether a visible character ends right before `end`.
  private static func endsVisibly(_ text: Span<UInt8>, at end: Int) -> Bool {
    if text[end - 1] < 0x80 { return isVisible(text[end - 1]) }
    var start = end - 1
    while start > 0, end - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
    guard let scalar = UTF8Coding.scalar(in: text, at: start), start + scalar.length == end else {
      return false
    }
    return !isWhiteSpace(scalar.value)
  }

  /// Unicode's `White_Space` beyond ASCII, to which no version has added since 4.0.1.
  private static func isWhiteSpace(_ value: UInt32) -> Bool {
    switch value {
    case 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }

  /// ASCII only. `<` and `>` may belong to the marker between documents.
  private static func isVisible(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
  }

  /// The start of the first character at `from` or later that is not beside a marker, for texts
  /// that offer nothing better; the text's end if there is none.
  package static func character(in text: Span<UInt8>, from: Int) -> Int {
    var index = max(from, 1)
    while index < text.count
      && (text[index] & 0xc0 == 0x80 || touchesMarker(text, index)
        || (text[index] == newline && text[index - 1] == carriageReturn))
    { index += 1 }
    return index
  }
}
