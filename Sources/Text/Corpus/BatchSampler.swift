// Training batches: samples of the global order, as rows.

package struct BatchSampler: Sendable {
  private let tokens: TokenSequence
  package let windows: WindowSampler

  /// - Throws: `CorpusError.tooFewTokens`
  package init(
    tokens: TokenSequence, windowLength: Int, seed: UInt64, order: WindowSampler.Order
  ) throws(CorpusError) {
    self.tokens = tokens
    windows = try WindowSampler(
      tokenCount: tokens.count, windowLength: windowLength, seed: seed, order: order)
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
      let start = windows.window(at: sample)
      let end = start + windows.windowLength
      try batch.fill(row: row, from: tokens, window: start..<end, scored: start + 1..<end + 1)
    }
  }
}
