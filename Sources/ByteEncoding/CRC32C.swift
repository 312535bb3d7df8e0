// CRC-32C, the checksum that guards every dataset of a checkpoint and every TensorBoard record.

/// The cyclic redundancy check of Castagnoli (RFC 3720, appendix B.4), taken over any number of
/// pieces.
///
/// Sixteen bytes a round by sixteen tables ("slicing", Kounavis and Berry, 2005).
package struct CRC32C: Sendable {
  private var state: UInt32 = .max

  package init() {}

  /// The checksum of `bytes`.
  package init(_ bytes: RawSpan) { update(bytes) }

  /// The checksum of all bytes so far.
  package var value: UInt32 { ~state }

  package mutating func update(_ bytes: RawSpan) {
    state = unsafe Self.tables.withUnsafeBufferPointer { unsafe Self.advance(state, bytes, $0) }
  }

  private static let sliceCount = 16

  /// `tables[256 * k + b]`: what byte `b` does to the state when `k` zero bytes follow it.
  private static let tables: [UInt32] = {
    let reversedPolynomial: UInt32 = 0x82f6_3b78
    var tables = [UInt32](repeating: 0, count: 256 * sliceCount)
    for byte in 0..<256 {
      var state = UInt32(byte)
      for _ in 0..<8 { state = state & 1 == 0 ? state >> 1 : state >> 1 ^ reversedPolynomial }
      tables[byte] = state
    }
    for index in 256..<tables.count {
      let shorter = tables[index - 256]
      tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xff)]
    }
    return tables
  }()

  private static func advance(
    _ start: UInt32, _ bytes: RawSpan, _ tables: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    var state = start
    var offset = 0
    let wholeSlices = bytes.byteCount - bytes.byteCount % sliceCount
    while offset < wholeSlices {
      let low = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
      let high = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset + 8, as: UInt64.self))
      state = unsafe slice(low ^ UInt64(state), tables, 8) ^ slice(high, tables, 0)
      offset += sliceCount
    }
    while offset < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      state = unsafe state >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
      offset += 1
    }
    return state
  }

  /// What eight bytes do to the state when `following` bytes come after them.
  @inline(__always)
  private static func slice(
    _ word: UInt64, _ tables: UnsafeBufferPointer<UInt32>, _ following: Int
  ) -> UInt32 {
    var result: UInt32 = 0
    for byte in 0..<8 {
      let value = Int(UInt8(truncatingIfNeeded: word >> UInt64(8 * byte)))
      result ^= unsafe tables[256 * (following + 7 - byte) + value]
    }
    return result
  }
}
