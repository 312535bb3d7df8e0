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
    precondition(
      c.rows == a.columns && c.columns == b.columns,
      "(\(a.rows)×\(a.columns))ᵀ, \(b.rows)×\(b.columns) into \(c.rows)×\(c.columns)")
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

  /// At most a piece for each thread, for which the largest takes the least time: every piece packs its
  /// rows of aᵀ and its columns of b anew.
  private static func pieceSize(
    _ rows: Int, _ columns: Int, threadCount: Int
  ) -> (rows: Int, columns: Int) {
    func share(of count: Int, _ pieces: Int, multipleOf unit: Int) -> Int {
      max(1, ((count + pieces - 1) / pieces + unit - 1) / unit) * unit
    }
    func time(_ size: (rows: Int, columns: Int)) -> Int {
      size.rows * size.columns + packingTime * (size.rows + size.columns)
    }
    let sizes = (1...threadCount).map { rowPieces in
      (
        rows: share(of: rows, rowPieces, multipleOf: PanelMultiply.tileRows),
        columns: share(
          of: columns, threadCount / rowPieces, multipleOf: FloatPanels.panelColumns)
      )
    }
    return sizes.min { time($0) < time($1) } ?? sizes[0]
  }

  /// How many products of two numbers take as long as packing a number.
  private static let packingTime = 8
}
