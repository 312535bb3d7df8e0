// A text with blanks to fill in.

/// `the ___ sat`: what stands before, between and after the blanks.
package struct BlankText: Equatable {
  /// One more than there are blanks.
  package let parts: [[UInt8]]

  package init(_ text: [UInt8]) { parts = Self.ranges(of: text).map { Array(text[$0]) } }

  /// Where the parts of a text lie. Three underscores or more are a blank.
  package static func ranges(of text: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var (start, end) = (0, 0)
    while end < text.count {
      let run = text[end...].prefix { $0 == UInt8(ascii: "_") }
      if run.count >= shortestBlank {
        ranges.append(start..<end)
        start = run.endIndex
      }
      end += max(1, run.count)
    }
    return ranges + [start..<end]
  }

  package init(parts: [[UInt8]]) {
    precondition(!parts.isEmpty, "a text has a part")
    self.parts = parts
  }

  private static let shortestBlank = 3

  package var blankCount: Int { parts.count - 1 }

  /// The text with the first blanks filled in, up to the blank behind them.
  package func filled(_ fillers: [[UInt8]]) -> [UInt8] {
    zip(fillers, parts.dropFirst()).reduce(parts[0]) { $0 + $1.0 + $1.1 }
  }
}
