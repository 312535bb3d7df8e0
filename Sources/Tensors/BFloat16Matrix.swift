// Matrices of bfloat16 values: what enters products in half precision.
import CKernels

/// A rectangular window of bfloat16 values (the upper halves of floats) in a buffer, row-major.
/// Copying it copies the window, not the values.
///
/// Products read rows and columns in whole steps of 32 (in fixed point nothing beyond them): what lies
/// behind the last column is finite, what lies below the last row does not matter, and `MemoryPlan`
/// leaves room for both.
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

  package func copy(from source: BFloat16Matrix) {
    precondition(source.rows == rows && source.columns == columns, "copy: shapes do not fit")
    for row in 0..<rows {
      unsafe (pointer + row * stride).update(
        from: source.pointer + row * source.stride, count: columns)
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
