// CRC-32C against published values and against the bit-by-bit definition.
import ByteEncoding
import Testing

@Suite struct CRC32CTests {
  /// The definition: one bit at a time.
  private func naive(_ bytes: [UInt8]) -> UInt32 {
    var state = UInt32.max
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state & 1 == 0 ? state >> 1 : state >> 1 ^ 0x82f6_3b78 }
    }
    return ~state
  }

  /// RFC 3720, appendix B.4, and the customary check value.
  @Test func publishedValues() {
    let values: [([UInt8], UInt32)] = [
      (Array("123456789".utf8), 0xe306_9283), ([], 0),
      (Array(repeating: 0, count: 32), 0x8a91_36aa),
      (Array(repeating: 0xff, count: 32), 0x62a8_ab43), (Array(0..<32), 0x46dd_794e),
    ]
    for (bytes, expected) in values {
      #expect(unsafe CRC32C(bytes.span.bytes).value == expected)
    }
  }

  @Test func everyLengthAndSplitEqualsTheDefinition() {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 167 + 13) }
    for count in 0...bytes.count {
      let expected = naive(Array(bytes[..<count]))
      for split in stride(from: 0, through: count, by: 7) {
        let (head, tail) = (Array(bytes[..<split]), Array(bytes[split..<count]))
        var checksum = CRC32C()
        unsafe checksum.update(head.span.bytes)
        unsafe checksum.update(tail.span.bytes)
        #expect(checksum.value == expected)
      }
    }
  }
}
