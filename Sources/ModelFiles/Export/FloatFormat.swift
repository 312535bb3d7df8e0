// Floats as files store them, and back.
import Tensors

/// How a file stores a weight.
package enum FloatFormat: String, Sendable, CaseIterable {
  case f32
  case f16
  /// The upper half of a float32 (bfloat16).
  case bf16

  package var byteCount: Int { tensorFormat.blockBytes }

  package var tensorFormat: TensorFormat {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    }
  }

  /// Little-endian bytes of `values`, rounded to the nearest, ties to even.
  func bytes(of values: Matrix, team: ThreadTeam) -> [UInt8] {
    tensorFormat.encode(values, team: team)
  }

  /// - Precondition: `bytes` holds as many values as `values`.
  func read(_ bytes: UnsafeRawBufferPointer, into values: Vector) {
    // A file may put them at any byte, and the kernels read whole words.
    if Int(bitPattern: bytes.baseAddress) % byteCount != 0 {
      tensorFormat.decode(unsafe Array(bytes).span.bytes, into: values)
    } else {
      unsafe tensorFormat.decode(bytes.bytes, into: values)
    }
  }
}

extension Matrix {
  /// Writes columns as rows.
  /// - Parameter target: `columns` × `rows`, without gaps like this matrix.
  func transpose(into target: Matrix) {
    precondition(
      target.rows == columns && target.columns == rows && isContiguous && target.isContiguous,
      "\(rows)×\(columns) transposed into \(target.rows)×\(target.columns)")
    let (from, to) = unsafe (pointer, target.pointer)
    // Both sides of a tile stay in the cache.
    let side = 32
    for top in Swift.stride(from: 0, to: rows, by: side) {
      for left in Swift.stride(from: 0, to: columns, by: side) {
        for row in top..<min(top + side, rows) {
          for column in left..<min(left + side, columns) {
            unsafe to[column * rows + row] = unsafe from[row * columns + column]
          }
        }
      }
    }
  }
}
