// Numbers and texts as the bytes of a file: what `ByteReader` reads.

/// Appends little-endian values one after another.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  package mutating func append(_ value: Float) { append(value.bitPattern) }

  package mutating func append(_ value: Double) { append(value.bitPattern) }

  package mutating func append(_ flag: Bool) { append(flag ? UInt8(1) : 0) }

  package mutating func append(_ bytes: some Sequence<UInt8>) {
    self.bytes.append(contentsOf: bytes)
  }

  /// Appends UTF-8 without a length or an end.
  package mutating func append(_ text: String) { append(text.utf8) }

  /// Appends `byte` up to the next multiple of `alignment` bytes.
  package mutating func pad(to alignment: Int, with byte: UInt8 = 0) {
    precondition(alignment > 0, "an alignment of \(alignment) bytes")
    while bytes.count % alignment != 0 { bytes.append(byte) }
  }
}
