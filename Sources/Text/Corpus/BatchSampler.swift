// Training batches: samples of the global order, as rows.

package struct BatchSampler: Sendable {
  private let tokens: TokenSequence
  package let windows: WindowSampler

  package init(_ tokens: TokenSequence, _ windows: WindowSampler) {
    self.tokens = tokens
    self.windows = windows
  }

  /// Fills the first rows of `batch` with `samples`; rows left over hold ignored targets.
  /// Allocates nothing. Precondition: the batch is as wide as a window and has rows enough.
  package func fill(
    _ batch: inout Batch, samples: Range<Int>
  ) throws(CorpusError) {
    precondition(
      batch.columns == windows.windowLength && samples.count <= batch.rows,
      "\(samples.count) windows of \(windows.windowLength) do not fit \(batch.rows)×\(batch.columns)"
    )
    batch.clear()
    for (row, sample) in samples.enumerated() {
      let window = windows.window(at: sample)
      try batch.fill(
        row: row, from: tokens, window: window,
        scored: window.lowerBound + 1..<window.upperBound + 1)
    }
  }
}
