// Dropout (Srivastava et al., 2014), and the residual addition that follows it in a block.
import Tensors

/// Where a batch stands in a run: what its dropout masks depend on.
package struct DropoutSource: Sendable {
  package let seed: UInt64
  /// The optimizer step that this batch belongs to.
  package let step: Int
  /// Place of the batch's first row in the step's global batch.
  package let firstRow: Int

  package init(seed: UInt64, step: Int, firstRow: Int) {
    self.seed = seed
    self.step = step
    self.firstRow = firstRow
  }
}

/// One of the places in the model where dropout applies.
struct Dropout {
  let probability: Float
  /// Number of the place: 0 embedding; 1 + 3 × layer and on: attention weights, attention's output,
  /// feed-forward's output.
  let site: Int

  /// The mask of a batch, or nil where nothing is dropped. `rowsPerSample`: mask rows of one
  /// sequence.
  func mask(_ source: DropoutSource?, rowsPerSample: Int) -> DropoutMask? {
    guard let source, probability > 0 else { return nil }
    return DropoutMask(probability: probability, seed: source.seed, step: source.step, site: site)
      .rows(from: source.firstRow * rowsPerSample)
  }

  /// y = residual + dropped(x) for some rows of a batch, on the calling thread. x holds these rows
  /// only; residual and y: all rows × width.
  static func addToResidual(
    _ x: Matrix, rows: Range<Int>, residual: Matrix, into y: Matrix, mask: DropoutMask?
  ) {
    if let mask {
      VectorMath.dropout(
        x, residual: residual.rows(rows), into: y.rows(rows), mask.rows(from: rows.lowerBound))
    } else {
      VectorMath.add(x.vector, residual.rows(rows).vector, into: y.rows(rows).vector)
    }
  }

  /// y = dropped(x), forward and backward alike. y may be x.
  static func apply(_ mask: DropoutMask, to x: Matrix, into y: Matrix, team: ThreadTeam) {
    team.runRanges(x.rows, minimum: Linear.minimumRows) { rows in
      VectorMath.dropout(x.rows(rows), into: y.rows(rows), mask.rows(from: rows.lowerBound))
    }
  }

  /// y = dropped(x) in the precision of products, or x itself so.
  static func apply(
    _ mask: DropoutMask?, to x: Matrix, into y: ProductMatrix, _ scratch: ProductScratch,
    team: ThreadTeam
  ) {
    scratch.forEachPiece(rows: x.rows, columns: x.columns, team: team) { rows, thread in
      guard let mask else { return y.rows(rows).store(x.rows(rows)) }
      y.rows(rows).write(
        scratch.piece(thread: thread, rows: rows.count, columns: x.columns)
      ) { VectorMath.dropout(x.rows(rows), into: $0, mask.rows(from: rows.lowerBound)) }
    }
  }
}
