// A text with blanks to fill in.

/// `the ___ sat`: what stands before, between and after the blanks.
package struct BlankText: Equatable {
  /// One more than there are blanks.
  package let parts: [[UInt8]]

  /// Three underscores or more are a blank.
  package init(_ text: [UInt8]) {
    var parts: [[UInt8]] = [[]]
    var rest = text[...]
    while let byte = rest.first {
      let run = rest.prefix { $0 == UInt8(ascii: "_") }
      if run.count >= Self.shortestBlank {
        parts.append([])
      } else {
        parts[parts.count - 1] += run.isEmpty ? [byte] : Array(run)
      }
      rest = rest.dropFirst(max(1, run.count))
    }
    self.parts = parts
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
