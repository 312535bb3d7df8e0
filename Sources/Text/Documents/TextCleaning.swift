// What is taken out of a text before it is tokenized.

/// Choices of the user; nothing is changed unasked.
package struct TextCleaning: Sendable, Equatable, Codable {
  /// Lines that begin with this, after blanks, go.
  package var commentPrefix: String?
  /// Lines of nothing but blanks go.
  package var removesBlankLines = false
  /// Line ends of Windows become those of Unix.
  package var unifiesLineEnds = false
  /// Bytes that are not UTF-8 become U+FFFD instead of an error.
  package var replacesInvalid = false
  /// Of documents that are equal byte for byte, the first stays.
  package var removesDuplicates = false

  package init() {}

  var changesLines: Bool { commentPrefix != nil || removesBlankLines || unifiesLineEnds }

  /// Appends the lines of `text` that stay.
  func append(_ text: ArraySlice<UInt8>, to segment: inout Segment) {
    guard changesLines || text.contains(Self.carriageReturn) else {
      segment.text += text
      return
    }
    let prefix = commentPrefix.map { Array($0.utf8) }
    var start = text.startIndex
    while start < text.endIndex {
      let newline = text[start...].firstIndex(of: Self.newline)
      let end = newline.map { $0 + 1 } ?? text.endIndex
      append(line: text[start..<end], prefix, to: &segment)
      start = end
    }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  private func append(
    line: ArraySlice<UInt8>, _ prefix: [UInt8]?, to segment: inout Segment
  ) {
    let seen = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    if let prefix, seen.starts(with: prefix) {
      segment.counts.commentLines += 1
      return
    }
    if removesBlankLines, seen.allSatisfy({ $0 == Self.newline || $0 == Self.carriageReturn }) {
      segment.counts.blankLines += 1
      return
    }
    guard line.suffix(2).elementsEqual([Self.carriageReturn, Self.newline]) else {
      segment.text += line
      return
    }
    segment.counts.windowsLines += 1
    if unifiesLineEnds {
      segment.text += line.dropLast(2)
      segment.text.append(Self.newline)
    } else {
      segment.text += line
    }
  }
}
