// Panels of 16-bit values: the second factors of products in half precision.
import CKernels

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
  /// Whose order it is.
  package let path: HalfMultiply.Path

  init(
    buffer: FloatBuffer, offset: Int, depth: Int, columns: Int, panelStride: Int? = nil,
    path: HalfMultiply.Path
  ) {
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
    self.path = path
  }

  package static let panelColumns = Int(CK_PANEL_COLUMNS)

  package static func valueCount(_ depth: Int, _ columns: Int) -> Int {
    panelCount(columns: columns) * panelValueCount(depth)
  }

  package static func panelCount(columns: Int) -> Int {
    (columns + panelColumns - 1) / panelColumns
  }
  private static func panelValueCount(_ depth: Int) -> Int {
    ck_panel_values(depth)
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
      depth: depth, columns: range.count, panelStride: panelStride, path: path)
  }

  /// Some rows, the first of which starts a step of `rowStep`. What the other factor has beyond their
  /// count must be zero unless they end with a step of 32, or are the last.
  package func rows(_ range: Range<Int>) -> PackedMatrix {
    precondition(
      range.lowerBound % rowStep == 0 && range.upperBound <= depth, "rows \(range) of \(depth)")
    return PackedMatrix(
      buffer: buffer, offset: offset + range.lowerBound / rowStep * rowStepValues,
      depth: range.count, columns: columns, panelStride: panelStride, path: path)
  }

  /// Rows that lie together: a stretch with its scales in fixed point.
  package var rowStep: Int { path.isFixedPoint ? Int(CK_STRETCH) : 32 }
  private var rowStepValues: Int {
    path.isFixedPoint ? Int(CK_STRETCH_VALUES) : rowStep * Self.panelColumns
  }

  /// The same memory for a factor that is no larger.
  package func reused(depth: Int, columns: Int) -> PackedMatrix {
    precondition(
      Self.valueCount(depth, columns) <= Self.valueCount(self.depth, self.columns),
      "panels of \(depth)×\(columns) in memory of \(self.depth)×\(self.columns)")
    return PackedMatrix(
      buffer: buffer, offset: offset, depth: depth, columns: columns, path: path)
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
    let argument = unsafe factor.kernelArgument
    let (first, end) = (panels.lowerBound, panels.upperBound)
    switch (path.isFixedPoint, transposed) {
    case (false, false): unsafe ck_pack_panels(pointer, argument, first, end)
    case (false, true): unsafe ck_pack_panels_transposed(pointer, argument, first, end)
    case (true, false): unsafe ck_pack_fixed(pointer, argument, first, end)
    case (true, true): unsafe ck_pack_fixed_transposed(pointer, argument, first, end)
    }
  }

  /// Packs `factor` into `plain` and its transpose into `transposed`, past the caches; by all threads
  /// of a team.
  package static func pack(
    _ factor: Matrix, plain: PackedMatrix, transposed: PackedMatrix, team: ThreadTeam
  ) {
    precondition(
      plain.depth == factor.rows && plain.columns == factor.columns
        && transposed.depth == factor.columns && transposed.columns == factor.rows
        && plain.panelStride == panelValueCount(plain.depth)
        && transposed.panelStride == panelValueCount(transposed.depth)
        && plain.path == transposed.path, "pack: shapes do not fit")
    let source = unsafe Source.single(factor).kernelArgument
    if plain.path.isFixedPoint {
      let stretch = Int(CK_STRETCH)
      let squares =
        ((factor.rows + stretch - 1) / stretch) * ((factor.columns + stretch - 1) / stretch)
      team.runRanges(squares, minimum: 1) {
        unsafe ck_pack_fixed_both(
          plain.pointer, transposed.pointer, source, $0.lowerBound, $0.upperBound)
      }
      return
    }
    team.runRanges(transposed.panelCount, minimum: 1) {
      unsafe ck_pack_both(
        plain.pointer, transposed.pointer, source, $0.lowerBound, $0.upperBound)
    }
  }

  /// The same, by all threads of a team.
  package func pack(_ factor: Source, transposed: Bool, team: ThreadTeam) {
    team.runRanges(panelCount, minimum: 1) { pack(factor, transposed: transposed, panels: $0) }
  }
}
