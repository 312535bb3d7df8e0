// Unicode's composed form (NFC) of a text.
@_spi(_Unicode) import Swift

enum Composition {
  /// The composed form of `text`; nil where it is ASCII, which is composed. Bytes that are not
  /// UTF-8 stay as they are.
  static func composed(_ text: Span<UInt8>) -> [UInt8]? {
    var isASCII = true
    for index in text.indices where text[index] >= 0x80 {
      isASCII = false
      break
    }
    if isASCII { return nil }
    var composed: [UInt8] = []
    composed.reserveCapacity(text.count)
    var valid = String.UnicodeScalarView()
    func flush() {
      guard !valid.isEmpty else { return }
      for scalar in String(valid)._nfc { UTF8Coding.append(scalar.value, to: &composed) }
      valid = String.UnicodeScalarView()
    }
    var offset = 0
    while offset < text.count {
      if let step = UTF8Coding.scalar(in: text, at: offset),
        let scalar = Unicode.Scalar(step.value)
      {
        valid.append(scalar)
        offset += step.length
      } else {
        flush()
        composed.append(text[offset])
        offset += 1
      }
    }
    flush()
    return composed
  }
}
