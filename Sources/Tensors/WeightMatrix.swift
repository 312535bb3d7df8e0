// A weight as it is stored, and its products.
import CKernels

/// `rows` × `columns` values in one of the formats that files keep them in. It is multiplied as it
/// is: generation reads every weight once a token, so that smaller weights are faster ones.
///
/// `@unchecked Sendable`: the bytes are not written while the owner lives.
@safe
package struct WeightMatrix: @unchecked Sendable {
  package let format: TensorFormat
  package let rows: Int
  package let columns: Int
  /// The first row; rows follow each other without gaps.
  private let start: UnsafeRawPointer
  /// What keeps the bytes in place.
  private let owner: AnyObject

  /// A weight in single precision, over the memory of `matrix`.
  package init(_ matrix: Matrix) {
    precondition(matrix.isContiguous, "a weight has no gaps between its rows")
    unsafe self.init(
      format: .f32, rows: matrix.rows, columns: matrix.columns,
      start: UnsafeRawPointer(matrix.pointer), owner: matrix.buffer)
  }

  /// A weight over `bytes`, which `owner` keeps in place and nobody writes.
  package init(
    format: TensorFormat, rows: Int, columns: Int, bytes: UnsafeRawBufferPointer, owner: AnyObject
  ) {
    precondition(
      bytes.count == rows * format.byteCount(values: columns),
      "\(bytes.count) bytes are not \(rows)×\(columns) in \(format)")
    guard let start = bytes.baseAddress else { preconditionFailure("a weight without bytes") }
    unsafe self.init(format: format, rows: rows, columns: columns, start: start, owner: owner)
  }

  /// A copy of `matrix` in another format.
  /// - Precondition: its rows are whole blocks of one of `TensorFormat.encodable`.
  package init(_ matrix: Matrix, format: TensorFormat, team: ThreadTeam) {
    self.init(
      format: format, rows: matrix.rows, columns: matrix.columns,
      copying: format.encode(matrix, team: team))
  }

  /// A weight of stored values.
  package init(format: TensorFormat, rows: Int, columns: Int, copying bytes: [UInt8]) {
    let copy = EncodedWeights(bytes)
    unsafe self.init(
      format: format, rows: rows, columns: columns, bytes: UnsafeRawBufferPointer(copy.bytes),
      owner: copy)
  }

  private init(
    format: TensorFormat, rows: Int, columns: Int, start: UnsafeRawPointer, owner: AnyObject
  ) {
    self.format = format
    self.rows = rows
    self.columns = columns
    unsafe self.start = unsafe start
    self.owner = owner
  }

  package var rowByteCount: Int { format.byteCount(values: columns) }

  /// The same weight with its first rows only.
  package func prefix(_ count: Int) -> WeightMatrix {
    precondition(count <= rows, "\(count) of \(rows) rows")
    return unsafe WeightMatrix(
      format: format, rows: count, columns: columns, start: start, owner: owner)
  }

  /// Copies a row as floats.
  package func copyRow(_ index: Int, into row: Vector) {
    precondition(index >= 0 && index < rows && row.count == columns, "row \(index) of \(rows)")
    unsafe ck_dequantize(format.kernelFormat, row.pointer, bytes(ofRow: index), columns)
  }

  private func bytes(ofRow index: Int) -> UnsafeRawPointer { unsafe start + index * rowByteCount }

  /// Floats of scratch that a product of several rows takes.
  package static func scratchCount(columns: Int) -> Int { 2 * tileRows * columns }

  /// Rows that are made floats at a time: with them a product's other factor stays in the cache.
  private static let tileRows = 64

  /// y = x · (some rows of the weight)ᵀ, on the calling thread.
  /// - Parameters:
  ///   - x: n × columns.
  ///   - y: n × rows of the weight; the columns `rows` are written.
  ///   - scratch: `scratchCount(columns:)` floats.
  package func multiply(
    _ x: Matrix, rows: Range<Int>, into y: Matrix, scratch: Vector,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      x.columns == columns && y.rows == x.rows && rows.lowerBound >= 0
        && rows.upperBound <= min(self.rows, y.columns), "weight: shapes do not fit")
    if x.rows == 1 {
      unsafe ck_multiply_rows(
        format.kernelFormat, y.pointer + rows.lowerBound, bytes(ofRow: rows.lowerBound),
        rowByteCount, rows.count, columns, x.pointer, wide)
      return
    }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.tileRows) {
      let part = first..<min(rows.upperBound, first + Self.tileRows)
      let floats = Matrix(
        scratch[0..<part.count * columns], rows: part.count, columns: columns)
      unsafe ck_dequantize(
        format.kernelFormat, floats.pointer, bytes(ofRow: first), floats.rows * columns)
      let panels = FloatPanels(
        scratch[Self.tileRows * columns..<scratch.count], depth: columns, columns: part.count)
      panels.pack(floats, transposed: true, wide: wide)
      PanelMultiply.multiply(x, panels, into: y.columns(part), wide: wide)
    }
  }
}

/// Weights in memory of their own.
@safe
private final class EncodedWeights {
  let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ source: [UInt8]) {
    unsafe bytes = .allocate(capacity: source.count)
    _ = unsafe bytes.initialize(from: source)
  }

  deinit { unsafe bytes.deallocate() }
}
