// Products in single precision whose first factor is read transposed: gradients of weights.
import CKernels

package enum TransposedMultiply {
  /// Floats that a thread needs to pack parts of both factors.
  package static let scratchCount = Int(CK_TRANSPOSED_SCRATCH)

  /// c = aᵀ · b or c += aᵀ · b, on the calling thread. a: depth × rows, b: depth × columns,
  /// c: rows × columns.
  package static func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false, scratch: Vector,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      a.rows == b.rows && c.rows == a.columns && c.columns == b.columns
        && scratch.count >= scratchCount,
      "shapes do not fit: (\(a.rows)×\(a.columns))ᵀ, \(b.rows)×\(b.columns) into "
        + "\(c.rows)×\(c.columns), \(scratch.count) floats of scratch")
    unsafe ck_multiply_transposed_floats(
      a.pointer, a.stride, b.pointer, b.stride, c.pointer, c.stride, c.rows, a.rows, c.columns,
      accumulate, scratch.pointer, wide)
  }

  /// The same with a second factor that is packed, and read many times.
  package static func multiply(
    _ a: Matrix, _ b: FloatPanels, into c: Matrix, accumulate: Bool = false, scratch: Vector,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      a.rows == b.depth && c.rows == a.columns && c.columns == b.columns
        && scratch.count >= scratchCount,
      "shapes do not fit: (\(a.rows)×\(a.columns))ᵀ, \(b.depth)×\(b.columns) into "
        + "\(c.rows)×\(c.columns), \(scratch.count) floats of scratch")
    unsafe ck_multiply_transposed_panels(
      a.pointer, a.stride, b.kernelArgument, c.pointer, c.stride, c.rows, accumulate,
      scratch.pointer, wide)
  }

  /// The product of two matrices by all threads of a team, each with scratch of its own.
  package static func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false, scratch: [Vector],
    team: ThreadTeam
  ) {
    let (rowLength, columnLength) = pieceSize(c.rows, c.columns, threadCount: team.threadCount)
    let columnPieces = (c.columns + columnLength - 1) / columnLength
    team.run((c.rows + rowLength - 1) / rowLength * columnPieces) { task, thread in
      let (row, column) = task.quotientAndRemainder(dividingBy: columnPieces)
      let rows = row * rowLength..<min(c.rows, (row + 1) * rowLength)
      let columns = column * columnLength..<min(c.columns, (column + 1) * columnLength)
      multiply(
        a.columns(rows), b.columns(columns), into: c.rows(rows).columns(columns),
        accumulate: accumulate, scratch: scratch[thread])
    }
  }

  /// One piece a thread, of the shape for which the least is packed: every piece packs its rows of aᵀ
  /// and its columns of b anew.
  private static func pieceSize(
    _ rows: Int, _ columns: Int, threadCount: Int
  ) -> (rows: Int, columns: Int) {
    let cuts = (1...threadCount).filter { threadCount % $0 == 0 }
    let rowPieces =
      cuts.min { rows * threadCount / $0 + columns * $0 < rows * threadCount / $1 + columns * $1 }
      ?? 1
    func share(of count: Int, _ pieces: Int, multipleOf unit: Int) -> Int {
      ((count + pieces - 1) / pieces + unit - 1) / unit * unit
    }
    return (
      share(of: rows, rowPieces, multipleOf: tileRows),
      share(of: columns, threadCount / rowPieces, multipleOf: Int(CK_PANEL_FLOATS))
    )
  }

  /// Rows that the kernel sums together.
  private static let tileRows = 6
}
