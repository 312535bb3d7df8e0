// Batches of the text room as the model room takes them, in memory that is used again.
import Models
import Text

/// Fills one batch again and again, so that a step allocates nothing. A batch that somebody still
/// holds when the next one is filled stays what it was, at the price of a copy.
final class BatchMemory {
  private var batch: Batch?

  func batch(
    rows: Int, columns: Int, _ fill: (inout Batch) throws -> Void
  ) throws -> TokenBatch {
    var filled = batch.take() ?? Batch(rows: rows, columns: columns)
    if filled.rows != rows || filled.columns != columns {
      filled = Batch(rows: rows, columns: columns)
    }
    defer { batch = filled }
    try fill(&filled)
    return TokenBatch(
      rows: rows, columns: columns, inputs: filled.inputs, targets: filled.targets)
  }
}

extension EvaluationSet {
  /// The windows of a text, as a model takes them.
  package init(_ windows: EvaluationWindows, bytesPerToken: [Double]) {
    let memory = BatchMemory()
    self.init(
      windowCount: windows.count, windowLength: windows.windowLength, bytesPerToken: bytesPerToken
    ) { range, rows in
      try memory.batch(rows: rows, columns: windows.windowLength) {
        try windows.fill(&$0, windows: range)
      }
    }
  }
}
