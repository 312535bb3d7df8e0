// Token ids as bytes: how files and messages carry them.

/// Little-endian, two bytes a token for vocabularies up to 65,536 and four above.
package enum TokenBytes {
  package static func width(vocabularySize: Int) -> Int { vocabularySize <= 1 << 16 ? 2 : 4 }

  package static func packed(_ tokens: [Int32], vocabularySize: Int) -> [UInt8] {
    width(vocabularySize: vocabularySize) == MemoryLayout<UInt16>.size
      ? bytes(of: tokens.map { UInt16(truncatingIfNeeded: $0) }) : bytes(of: tokens)
  }

  /// Little-endian bytes of integers of any width.
  static func bytes<Integer: FixedWidthInteger & BitwiseCopyable>(of values: [Integer]) -> [UInt8] {
    let width = MemoryLayout<Integer>.size
    var bytes = [UInt8](repeating: 0, count: values.count * width)
    unsafe bytes.withUnsafeMutableBytes { buffer in
      for (index, value) in values.enumerated() {
        unsafe buffer.storeBytes(
          of: value.littleEndian, toByteOffset: index * width, as: Integer.self)
      }
    }
    return bytes
  }

  /// What `bytes(of:)` made; bytes beyond the last whole integer are left out.
  static func integers<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: ArraySlice<UInt8>
  ) -> [Integer] {
    let width = MemoryLayout<Integer>.size
    return unsafe bytes.withUnsafeBytes { buffer in
      (0..<buffer.count / width).map { index in
        Integer(
          littleEndian: unsafe buffer.loadUnaligned(
            fromByteOffset: index * width, as: Integer.self))
      }
    }
  }
}
