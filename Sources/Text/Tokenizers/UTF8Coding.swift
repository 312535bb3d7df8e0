// Unicode scalars from UTF-8 bytes and back.

enum UTF8Coding {
  struct Step {
    /// The scalar's code point.
    let value: UInt32
    /// Bytes it takes, 1 to 4.
    let length: Int
  }

  /// The scalar that starts at `offset`, or nil where the bytes are not well-formed UTF-8
  /// (Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
  @inline(__always)
  static func scalar(in text: Span<UInt8>, at offset: Int) -> Step? {
    let first = text[offset]
    if first < 0x80 { return Step(value: UInt32(first), length: 1) }
    let left = text.count - offset
    if first < 0xe0 {
      guard first >= 0xc2, left >= 2, let second = tail(text[offset + 1]) else { return nil }
      return Step(value: UInt32(first & 0x1f) << 6 | second, length: 2)
    }
    guard left >= 3, let second = tail(text[offset + 1]), let third = tail(text[offset + 2])
    else { return nil }
    if first < 0xf0 {
      let value = UInt32(first & 0x0f) << 12 | second << 6 | third
      guard value >= 0x800, value & 0xf800 != 0xd800 else { return nil }
      return Step(value: value, length: 3)
    }
    guard first < 0xf5, left >= 4, let fourth = tail(text[offset + 3]) else { return nil }
    let value = UInt32(first & 0x07) << 18 | second << 12 | third << 6 | fourth
    guard value >= 0x10000, value <= 0x10ffff else { return nil }
    return Step(value: value, length: 4)
  }

  /// The six bits of a continuation byte.
  @inline(__always)
  private static func tail(_ byte: UInt8) -> UInt32? {
    byte & 0xc0 == 0x80 ? UInt32(byte & 0x3f) : nil
  }

  /// The text with U+FFFD for every byte that belongs to no scalar.
  static func repaired(_ text: [UInt8]) -> (text: [UInt8], replacedCount: Int) {
    let bytes = text.span
    var repaired: [UInt8] = []
    repaired.reserveCapacity(text.count)
    var replacedCount = 0
    var offset = 0
    while offset < text.count {
      if let step = scalar(in: bytes, at: offset) {
        repaired += text[offset..<offset + step.length]
        offset += step.length
      } else {
        append(0xfffd, to: &repaired)
        replacedCount += 1
        offset += 1
      }
    }
    return (repaired, replacedCount)
  }

  /// Where `text` is not well-formed for the first time; nil where it is.
  static func firstInvalidByte(of text: some RandomAccessCollection<UInt8>) -> Int? {
    let text = Array(text)
    let bytes = text.span
    var offset = 0
    while offset < bytes.count {
      guard let step = scalar(in: bytes, at: offset) else { return offset }
      offset += step.length
    }
    return nil
  }

  /// Appends the bytes of a scalar; `value` must not be a surrogate.
  static func append(_ value: UInt32, to text: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | value >> shift & 0x3f) }
    switch value {
    case ..<0x80: text.append(UInt8(value))
    case ..<0x800: text += [UInt8(0xc0 | value >> 6), tail(0)]
    case ..<0x10000: text += [UInt8(0xe0 | value >> 12), tail(6), tail(0)]
    default: text += [UInt8(0xf0 | value >> 18), tail(12), tail(6), tail(0)]
    }
  }
}
