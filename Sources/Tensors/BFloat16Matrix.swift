// Matrices of bfloat16 values, and panels of them: what enters products in half precision.
import CKernels

/// A rectangular window of bfloat16 values (the upper halves of floats) in a buffer, row-major.
/// Copying it copies the window, not the values.
///
/// Products read rows and columns in whole steps of 32: what lies behind the last ones is finite or
/// does not matter, and `MemoryPlan` leaves room for it.
package struct BFloat16Matrix: Sendable {
  package let buffer: FloatBuffer
  /// First value; a float of the buffer holds two.
  package let offset: Int
  package let rows: Int
  package let columns: Int
  /// Distance between the starts of neighbouring rows, in values.
  package let stride: Int

  package init(buffer: FloatBuffer, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(
      offset >= 0 && rows >= 0 && columns >= 0 && stride >= columns
        && offset + rows * stride <= 2 * buffer.count,
      "\(rows)×\(columns) at \(offset), stride \(stride), leaves a buffer of \(buffer.count)")
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// Values of a row with what products read beyond its columns.
  package static func paddedCount(_ columns: Int) -> Int { (columns + 31) / 32 * 32 }

  /// Distance between rows: a step more where they would lie whole multiples of 1 KiB apart and so
  /// compete for a few places of a cache.
  static func rowStride(_ columns: Int) -> Int {
    let count = paddedCount(columns)
    return count % 512 == 0 ? count + 32 : count
  }

  package static func zeros(_ rows: Int, _ columns: Int) -> BFloat16Matrix {
    var plan = MemoryPlan()
    let region = plan.reserveHalf(rows, columns)
    return Workspace(plan).half(region)
  }

  /// First value, for calls of the kernels.
  package var pointer: UnsafeMutablePointer<UInt16> {
    unsafe UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: UInt16.self) + offset
  }

  package func rows(_ range: Range<Int>) -> BFloat16Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return BFloat16Matrix(
      buffer: buffer, offset: offset + range.lowerBound * stride, rows: range.count,
      columns: columns, stride: stride)
  }

  package func columns(_ range: Range<Int>) -> BFloat16Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return BFloat16Matrix(
      buffer: buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  /// The same memory for a matrix that is no larger.
  package func reused(rows: Int, columns: Int) -> BFloat16Matrix {
    let stride = Self.rowStride(columns)
    precondition(
      rows * stride <= self.rows * self.stride,
      "\(rows)×\(columns) in memory of \(self.rows)×\(self.columns)")
    return BFloat16Matrix(
      buffer: buffer, offset: offset, rows: rows, columns: columns, stride: stride)
  }

  var source: ck_bf16_source {
    unsafe ck_bf16_source(
      floats: nil, halves: pointer, rows: rows, columns: columns, stride: stride)
  }

  /// One value; writing rounds it.
  package subscript(row: Int, column: Int) -> Float {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column))")
      return unsafe Float(bitPattern: UInt32(pointer[row * stride + column]) << 16)
    }
    nonmutating set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column))")
      var value = newValue
      unsafe ck_bf16_convert(pointer + row * stride + column, &value, 1)
    }
  }

  /// Rounds `values` into this matrix, to the nearest, ties to even.
  package func round(_ values: Matrix) {
    precondition(values.rows == rows && values.columns == columns, "round: shapes do not fit")
    for row in 0..<rows {
      unsafe ck_bf16_convert(
        pointer + row * stride, values.pointer + row * values.stride, columns)
    }
  }

  /// Writes the values into `target`, as floats.
  package func widen(into target: Matrix) {
    precondition(target.rows == rows && target.columns == columns, "widen: shapes do not fit")
    for row in 0..<rows {
      unsafe ck_bf16_widen(
        target.pointer + row * target.stride, pointer + row * stride, columns)
    }
  }

  /// Writes rows `range` of this matrix's transpose, which has as many rows as this has columns.
  /// - Parameters:
  ///   - sums: the sums of those rows are added to it, one value a row of the whole transpose.
  ///   - pastCaches: what is written is larger than a core's caches, or not read soon. It then
  ///     displaces nothing there, and memory that is overwritten is not read first.
  package func transpose(
    into target: BFloat16Matrix, rows range: Range<Int>, addingSumsTo sums: Vector? = nil,
    pastCaches: Bool = false
  ) {
    precondition(
      target.rows == columns && target.columns == rows && range.upperBound <= columns
        && range.lowerBound % 32 == 0 && target.stride >= Self.paddedCount(rows)
        && sums?.count ?? columns == columns,
      "transpose: shapes do not fit")
    unsafe ck_transpose_bf16(
      target.pointer, target.stride, source, range.lowerBound, range.upperBound,
      sums?.pointer, pastCaches)
  }
}

/// The second factor of a product in half precision, depth × columns, in the order in which the
/// kernels read it: panels of 32 columns.
package struct PackedMatrix: Sendable {
  let buffer: FloatBuffer
  /// First value; a float of the buffer holds two.
  let offset: Int
  package let depth: Int
  package let columns: Int
  /// Distance between the starts of neighbouring panels, in values.
  let panelStride: Int

  init(buffer: FloatBuffer, offset: Int, depth: Int, columns: Int, panelStride: Int? = nil) {
    let panelStride = panelStride ?? Self.panelValueCount(depth)
    let end =
      offset + (Self.panelCount(columns: columns) - 1) * panelStride + Self.panelValueCount(depth)
    precondition(
      offset >= 0 && panelStride >= Self.panelValueCount(depth) && end <= 2 * buffer.count,
      "panels of \(depth)×\(columns) at \(offset) leave a buffer of \(buffer.count)")
    self.buffer = buffer
    self.offset = offset
    self.depth = depth
    self.columns = columns
    self.panelStride = panelStride
  }

  package static let panelColumns = Int(CK_PANEL_COLUMNS)

  package static func valueCount(_ depth: Int, _ columns: Int) -> Int {
    panelCount(columns: columns) * panelValueCount(depth)
  }

  package static func panelCount(columns: Int) -> Int {
    (columns + panelColumns - 1) / panelColumns
  }
  private static func panelValueCount(_ depth: Int) -> Int {
    ck_panel_pairs(depth) * 2 * panelColumns
  }

  package var panelCount: Int { Self.panelCount(columns: columns) }

  var pointer: UnsafeMutablePointer<UInt16> {
    unsafe UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: UInt16.self) + offset
  }

  /// The columns of whole panels from `range` on.
  package func columns(_ range: Range<Int>) -> PackedMatrix {
    precondition(
      range.lowerBound % Self.panelColumns == 0 && range.upperBound <= columns,
      "columns \(range) of \(columns)")
    return PackedMatrix(
      buffer: buffer,
      offset: offset + range.lowerBound / Self.panelColumns * panelStride,
      depth: depth, columns: range.count, panelStride: panelStride)
  }

  /// Some rows, the first of which starts a step of 32. What the other factor has beyond their count
  /// must be zero unless they end with a step, or are the last.
  package func rows(_ range: Range<Int>) -> PackedMatrix {
    precondition(
      range.lowerBound % 32 == 0 && range.upperBound <= depth, "rows \(range) of \(depth)")
    return PackedMatrix(
      buffer: buffer, offset: offset + range.lowerBound * Self.panelColumns, depth: range.count,
      columns: columns, panelStride: panelStride)
  }

  /// The same memory for a factor that is no larger.
  package func reused(depth: Int, columns: Int) -> PackedMatrix {
    precondition(
      Self.valueCount(depth, columns) <= Self.valueCount(self.depth, self.columns),
      "panels of \(depth)×\(columns) in memory of \(self.depth)×\(self.columns)")
    return PackedMatrix(buffer: buffer, offset: offset, depth: depth, columns: columns)
  }

  /// What can be packed.
  package enum Source: Sendable {
    /// Rounded on the way.
    case single(Matrix)
    case half(BFloat16Matrix)

    var rows: Int {
      switch self {
      case .single(let matrix): matrix.rows
      case .half(let matrix): matrix.rows
      }
    }

    var columns: Int {
      switch self {
      case .single(let matrix): matrix.columns
      case .half(let matrix): matrix.columns
      }
    }

    var kernelArgument: ck_bf16_source {
      switch self {
      case .single(let matrix):
        unsafe ck_bf16_source(
          floats: matrix.pointer, halves: nil, rows: matrix.rows, columns: matrix.columns,
          stride: matrix.stride)
      case .half(let matrix): unsafe matrix.source
      }
    }
  }

  /// Packs `factor`, or its transpose; all panels or some.
  package func pack(_ factor: Source, transposed: Bool, panels: Range<Int>? = nil) {
    precondition(
      panelStride == Self.panelValueCount(depth)
        && (transposed ? factor.columns : factor.rows) == depth
        && (transposed ? factor.rows : factor.columns) == columns, "pack: shapes do not fit")
    let panels = panels ?? 0..<panelCount
    if transposed {
      unsafe ck_pack_panels_transposed(
        pointer, factor.kernelArgument, panels.lowerBound, panels.upperBound)
    } else {
      unsafe ck_pack_panels(
        pointer, factor.kernelArgument, panels.lowerBound, panels.upperBound)
    }
  }

  /// Packs `factor` into `plain` and its transpose into `transposed`, reading it once; by all threads
  /// of a team.
  package static func pack(
    _ factor: Matrix, plain: PackedMatrix, transposed: PackedMatrix, team: ThreadTeam
  ) {
    precondition(
      plain.depth == factor.rows && plain.columns == factor.columns
        && transposed.depth == factor.columns && transposed.columns == factor.rows
        && plain.panelStride == panelValueCount(plain.depth)
        && transposed.panelStride == panelValueCount(transposed.depth), "pack: shapes do not fit")
    team.runRanges(transposed.panelCount, minimum: 1) {
      unsafe ck_pack_both(
        plain.pointer, transposed.pointer, Source.single(factor).kernelArgument, $0.lowerBound,
        $0.upperBound)
    }
  }

  /// The same, by all threads of a team.
  package func pack(_ factor: Source, transposed: Bool, team: ThreadTeam) {
    team.runRanges(panelCount, minimum: 1) { pack(factor, transposed: transposed, panels: $0) }
  }
}
