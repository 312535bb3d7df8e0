// Products in single precision with a second factor that is packed once and read many times.
import CKernels

/// The second factor of a product, depth × columns, in the order in which the kernels read
/// it: panels of 64 columns, the last one padded to whole vectors.
package struct FloatPanels: Sendable {
  private let memory: Vector
  package let depth: Int
  package let columns: Int

  /// - Parameter memory: at least `count(depth, columns)` floats.
  package init(_ memory: Vector, depth: Int, columns: Int) {
    self.memory = memory[0..<Self.count(depth, columns)]
    self.depth = depth
    self.columns = columns
  }

  /// Columns of a panel.
  package static let panelColumns = Int(CK_PANEL_FLOATS)

  /// Floats of a packed matrix.
  package static func count(_ depth: Int, _ columns: Int) -> Int {
    depth * VectorMath.wholeVectors(columns)
  }

  /// Floats of whichever is larger, the packed matrix or its packed transpose.
  package static func largestCount(_ rows: Int, _ columns: Int) -> Int {
    max(count(rows, columns), count(columns, rows))
  }

  /// Packs a matrix of depth × columns, or of columns × depth.
  package func pack(
    _ matrix: Matrix, transposed: Bool, wide: Bool = VectorMath.hasWideRegisters
  ) {
    checkShape(matrix, transposed)
    if transposed {
      unsafe ck_pack_floats_transposed(
        memory.pointer, matrix.pointer, matrix.stride, depth, columns, wide)
    } else {
      unsafe ck_pack_floats(memory.pointer, matrix.pointer, matrix.stride, depth, columns)
    }
  }

  /// The same, by all threads of a team.
  package func pack(_ matrix: Matrix, transposed: Bool, team: ThreadTeam) {
    checkShape(matrix, transposed)
    // Lines of a panel lie one after another: some of them are a packed matrix of their own.
    let partCount = (depth + Self.linesPerTask - 1) / Self.linesPerTask
    team.run((columns + Self.panelColumns - 1) / Self.panelColumns * partCount) { task, _ in
      let (index, part) = task.quotientAndRemainder(dividingBy: partCount)
      let panel = index * Self.panelColumns..<min(columns, (index + 1) * Self.panelColumns)
      let lines = part * Self.linesPerTask..<min(depth, (part + 1) * Self.linesPerTask)
      let start =
        panel.lowerBound * depth + lines.lowerBound * VectorMath.wholeVectors(panel.count)
      let own = FloatPanels(
        memory[start..<memory.count], depth: lines.count, columns: panel.count)
      own.pack(
        transposed
          ? matrix.rows(panel).columns(lines) : matrix.rows(lines).columns(panel),
        transposed: transposed)
    }
  }

  private static let linesPerTask = 256

  private func checkShape(_ matrix: Matrix, _ transposed: Bool) {
    precondition(
      matrix.rows == (transposed ? columns : depth)
        && matrix.columns == (transposed ? depth : columns),
      "\(matrix.rows)×\(matrix.columns) packed as \(depth)×\(columns)")
  }

  /// Floats that a product with the first `count` columns writes in a row.
  package func roomForColumns(_ count: Int) -> Int {
    let panel = Self.panelColumns
    return min((count + panel - 1) / panel * panel, VectorMath.wholeVectors(columns))
  }

  var kernelArgument: ck_panels {
    unsafe ck_panels(values: memory.pointer, depth: depth, columns: columns)
  }
}

/// On the calling thread.
package enum PanelMultiply {
  /// Rows that the kernels sum together: pieces of rows had best be a multiple.
  package static let tileRows = Int(CK_TILE_ROWS)
  /// Rows of a piece at most: of many, the first factor would displace panels from a second-level cache.
  package static let pieceRows = 20 * tileRows
  /// The instructions that products in single precision use here.
  package static let instructions =
    VectorMath.hasWideRegisters ? "avx512" : ck_cpu_has_avx2() ? "avx2" : "baseline"

  /// c = a · b or c += a · b. a: rows × depth, c: rows × columns.
  package static func multiply(
    _ a: Matrix, _ b: FloatPanels, into c: Matrix, accumulate: Bool = false,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      a.columns == b.depth && c.rows == a.rows && c.columns == b.columns,
      "shapes do not fit: \(a.rows)×\(a.columns), \(b.depth)×\(b.columns) into "
        + "\(c.rows)×\(c.columns)")
    unsafe ck_multiply_floats(
      a.pointer, a.stride, b.kernelArgument, c.pointer, c.stride, c.rows, accumulate, wide)
  }
}
