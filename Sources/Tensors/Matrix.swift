// A rectangular window into a buffer, row-major.

/// `rows` × `columns` floats; row `r` starts `r * stride` floats after the first.
/// Copying a `Matrix` copies the window, not the floats.
package struct Matrix: Sendable {
  package let buffer: FloatBuffer
  package let offset: Int
  package let rows: Int
  package let columns: Int
  /// Distance between the starts of neighbouring rows, in floats; at least `columns`.
  package let stride: Int

  package init(buffer: FloatBuffer, offset: Int, rows: Int, columns: Int, stride: Int) {
    let end = rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns
    precondition(
      offset >= 0 && rows >= 0 && columns >= 0 && stride >= columns && end <= buffer.count,
      "\(rows)×\(columns) at \(offset), stride \(stride), leaves a buffer of \(buffer.count)")
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The floats of `vector` as `rows` rows without gaps.
  package init(_ vector: Vector, rows: Int, columns: Int) {
    precondition(
      vector.count == rows * columns, "\(vector.count) floats are not \(rows)×\(columns)")
    self.init(
      buffer: vector.buffer, offset: vector.offset, rows: rows, columns: columns, stride: columns)
  }

  package static func zeros(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(Vector.zeros(rows * columns), rows: rows, columns: columns)
  }

  /// First float, for calls of C libraries.
  package var pointer: UnsafeMutablePointer<Float> { unsafe buffer.base + offset }

  package var isContiguous: Bool { stride == columns || rows <= 1 }

  /// The floats as one vector. Precondition: no gaps between rows.
  package var vector: Vector {
    precondition(isContiguous, "a matrix with gaps between its rows is not one vector")
    return Vector(buffer: buffer, offset: offset, count: rows * columns)
  }

  package func row(_ index: Int) -> Vector {
    precondition(index >= 0 && index < rows, "row \(index) outside 0..<\(rows)")
    return Vector(buffer: buffer, offset: offset + index * stride, count: columns)
  }

  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(
      buffer: buffer, offset: offset + range.lowerBound * stride, rows: range.count,
      columns: columns, stride: stride)
  }

  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return Matrix(
      buffer: buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  package subscript(row: Int, column: Int) -> Float {
    get { self.row(row)[column] }
    nonmutating set { self.row(row)[column] = newValue }
  }
}
