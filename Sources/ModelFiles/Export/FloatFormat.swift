// Floats as files store them, and back.
import Tensors

/// How a file stores a weight.
package enum FloatFormat: String, Sendable, CaseIterable {
  case f32
  case f16
  /// The upper half of a float32 (bfloat16).
  case bf16

  package var byteCount: Int { self == .f32 ? 4 : 2 }

  /// Little-endian bytes of `values`, rounded to the nearest, ties to even.
  func bytes(of values: Vector) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: values.count * byteCount)
    unsafe bytes.withUnsafeMutableBytes { target in
      let source = unsafe values.pointer
      for index in 0..<values.count {
        switch self {
        case .f32:
          unsafe target.storeBytes(
            of: source[index].bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        case .f16:
          unsafe target.storeBytes(
            of: Float16(source[index]).bitPattern.littleEndian, toByteOffset: 2 * index,
            as: UInt16.self)
        case .bf16:
          unsafe target.storeBytes(
            of: Self.bfloat16(source[index]).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      }
    }
    return bytes
  }

  private static func bfloat16(_ value: Float) -> UInt16 {
    // A NaN must not be rounded into an infinity.
    if value.isNaN { return UInt16(value.bitPattern >> 16) | 0x40 }
    let bits = value.bitPattern
    return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }

  /// - Precondition: `bytes` holds as many values as `values`.
  func read(_ bytes: UnsafeRawBufferPointer, into values: Vector) {
    precondition(bytes.count == values.count * byteCount, "\(bytes.count) bytes of \(self)")
    let target = unsafe values.pointer
    switch self {
    case .f32:
      for index in 0..<values.count {
        let bits = unsafe bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        unsafe target[index] = Float(bitPattern: bits.littleEndian)
      }
    case .f16:
      for index in 0..<values.count {
        let bits = unsafe bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        unsafe target[index] = Float(Float16(bitPattern: bits.littleEndian))
      }
    case .bf16:
      for index in 0..<values.count {
        let bits = unsafe bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        unsafe target[index] = Float(bitPattern: UInt32(bits.littleEndian) << 16)
      }
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
