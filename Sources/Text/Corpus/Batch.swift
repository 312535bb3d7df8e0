// Rows of input and target tokens, filled in place.

/// `rows` × `columns` tokens, row-major, allocated once and refilled.
package struct Batch: Sendable {
  /// A target that does not count towards the loss.
  package static let ignoredTarget: Int32 = -1

  package let rows: Int
  package let columns: Int
  /// Padding is token 0.
  package private(set) var inputs: [Int32]
  package private(set) var targets: [Int32]

  package init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "a batch has rows and columns")
    self.rows = rows
    self.columns = columns
    inputs = Array(repeating: 0, count: rows * columns)
    targets = Array(repeating: Self.ignoredTarget, count: rows * columns)
  }

  /// Empties the batch: all targets are ignored until rows are filled.
  mutating func clear() {
    for index in inputs.indices {
      inputs[index] = 0
      targets[index] = Self.ignoredTarget
    }
  }

  /// Fills a row with the inputs `window` of `tokens` and the targets that follow them; of these
  /// only `scored` count, given as positions of targets in `tokens`.
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file of tokens.
  mutating func fill(
    row: Int, from tokens: TokenSequence, window: Range<Int>, scored: Range<Int>
  ) throws(CorpusError) {
    precondition(row >= 0 && row < rows && window.count <= columns, "row \(row) of \(rows)")
    precondition(
      scored.lowerBound > window.lowerBound && scored.upperBound <= window.upperBound + 1,
      "targets \(scored) do not follow inputs \(window)")
    let start = row * columns
    try tokens.copy(window, into: &inputs, at: start)
    try tokens.copy(scored, into: &targets, at: start + scored.lowerBound - 1 - window.lowerBound)
  }
}
