// Token ids as bytes: how files and messages carry them.

/// Little-endian, two bytes a token for vocabularies up to 65,536 and four above.
package enum TokenBytes {
  package static func width(vocabularySize: Int) -> Int { vocabularySize <= 1 << 16 ? 2 : 4 }

  package static func packed(_ tokens: [Int32], vocabularySize: Int) -> [UInt8] {
    let width = width(vocabularySize: vocabularySize)
    var bytes = [UInt8](repeating: 0, count: tokens.count * width)
    for (index, token) in tokens.enumerated() {
      let bits = UInt32(bitPattern: token)
      for byte in 0..<width {
        bytes[index * width + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(byte)))
      }
    }
    return bytes
  }
}
