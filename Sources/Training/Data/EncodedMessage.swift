// Tokens of a segment as bytes, to be sent to the coordinator.
import Text

/// For each part: split, number of token bytes, bytes, characters and number of ends as 64-bit
/// words; then the ends, and the tokens.
enum EncodedMessage {
  private static let headCount = 5

  static func bytes(of parts: [(Split, EncodedSegment)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (split, part) in parts {
      let place = Split.allCases.firstIndex(of: split) ?? 0
      let head = [
        place, part.tokens.count, part.byteCount, part.characterCount, part.ends.count,
      ]
      bytes += MessageWords.bytes(of: (head + part.ends).map { UInt64($0) })
      bytes += part.tokens
    }
    return bytes
  }

  static func parts(of bytes: [UInt8]) -> [(Split, EncodedSegment)] {
    var parts: [(Split, EncodedSegment)] = []
    var offset = 0
    func words(_ count: Int) -> [Int] {
      defer { offset += 8 * count }
      return MessageWords.words(of: Array(bytes[offset..<(offset + 8 * count)])).map { Int($0) }
    }
    while offset < bytes.count {
      let head = words(headCount)
      var part = EncodedSegment()
      part.byteCount = head[2]
      part.characterCount = head[3]
      part.ends = words(head[4])
      part.tokens = Array(bytes[offset..<(offset + head[1])])
      offset += head[1]
      parts.append((Split.allCases[head[0]], part))
    }
    return parts
  }
}
