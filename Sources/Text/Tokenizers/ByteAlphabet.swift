// GPT-2's printable stand-ins for the 256 bytes.

/// Vocabulary files write each byte as one visible character: printable Latin-1 stands for itself,
/// the other 68 bytes follow as U+0100, U+0101, … in order (`bytes_to_unicode` in openai/gpt-2,
/// src/encoder.py). A space is "Ġ".
package enum ByteAlphabet {
  /// Code points by byte.
  private static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// Bytes by code point, -1 where it stands for none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x100 + 68)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The written form of `bytes`, in UTF-8.
  package static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for byte in bytes { UTF8Coding.append(scalars[Int(byte)], to: &text) }
    return text
  }

  /// The bytes that `text` (UTF-8) stands for.
  static func bytes(
    of text: some Collection<UInt8>
  ) throws(BytePairFault) -> [UInt8] {
    let text = Array(text)
    let span = text.span
    var bytes: [UInt8] = []
    var offset = 0
    while offset < span.count {
      guard let step = UTF8Coding.scalar(in: span, at: offset) else {
        throw BytePairFault(reason: "invalid UTF-8")
      }
      guard step.value < Self.bytes.count, Self.bytes[Int(step.value)] >= 0 else {
        let code = String(step.value, radix: 16, uppercase: true)
        throw BytePairFault(
          reason: "the character U+\(code) stands for no byte in GPT-2's alphabet")
      }
      bytes.append(UInt8(Self.bytes[Int(step.value)]))
      offset += step.length
    }
    return bytes
  }
}
