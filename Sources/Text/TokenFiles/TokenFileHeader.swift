// How a file of tokens begins.

/// The first 128 bytes of a token file, little-endian:
///
///     0  magic "TRTOKENS"      24  tokens              56  SHA-256 of the tokenizer
///     8  version               32  documents           88  SHA-256 of all that follows
///    12  bytes of a token      40  bytes of text      120  zeros
///    16  vocabulary            48  characters of text
///
/// Tokens follow, then for each document where it ends, counted in tokens, in 8 bytes.
package struct TokenFileHeader: Sendable, Equatable {
  static let byteCount = 128
  static let magic = Array("TRTOKENS".utf8)
  static let version = 1
  static let hashLength = 32

  /// 2 or 4 bytes.
  package var width: Int
  package var vocabularySize: Int
  package var tokenCount = 0
  package var documentCount = 0
  /// The text that the tokens stand for.
  package var textByteCount = 0
  package var textCharacterCount = 0
  package var tokenizerHash: [UInt8]
  package var contentHash = [UInt8](repeating: 0, count: hashLength)

  /// Two bytes are enough for vocabularies up to 65,536.
  init(vocabularySize: Int, tokenizerHash: [UInt8]) {
    precondition(tokenizerHash.count == Self.hashLength, "a SHA-256 has 32 bytes")
    self.vocabularySize = vocabularySize
    self.tokenizerHash = tokenizerHash
    width = vocabularySize <= 1 << 16 ? 2 : 4
  }

  var fileByteCount: Int { Self.byteCount + tokenCount * width + documentCount * 8 }

  var bytes: [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return Self.magic + little(Self.version, 4) + little(width, 4)
      + [vocabularySize, tokenCount, documentCount, textByteCount, textCharacterCount]
      .flatMap { little($0, 8) }
      + tokenizerHash + contentHash + little(0, 8)
  }

  /// - Throws: a reason, for the reader to name the file.
  init(bytes: [UInt8]) throws(Fault) {
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    }
    guard bytes.starts(with: Self.magic) else {
      throw Fault(reason: "not a token file of trainer; make one with: trainer data prepare")
    }
    guard bytes.count == Self.byteCount else { throw Fault(reason: "its head is cut off") }
    let version = number(8, 4)
    guard version == Self.version else {
      throw Fault(reason: "version \(version) is not known here; use a newer trainer")
    }
    width = Int(number(12, 4))
    let numbers = stride(from: 16, to: 56, by: 8).map { number($0, 8) }
    // Then no sum of sizes overflows.
    guard width == 2 || width == 4, numbers.allSatisfy({ $0 < 1 << 56 }) else {
      throw Fault(reason: "its head is damaged")
    }
    vocabularySize = Int(numbers[0])
    tokenCount = Int(numbers[1])
    documentCount = Int(numbers[2])
    textByteCount = Int(numbers[3])
    textCharacterCount = Int(numbers[4])
    tokenizerHash = Array(bytes[56..<88])
    contentHash = Array(bytes[88..<120])
  }

  struct Fault: Error {
    let reason: String
  }
}
