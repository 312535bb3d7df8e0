// Text for a terminal: nothing that is unseen, and nothing that moves the cursor.

package enum ReadableText {
  /// In quotes, with escapes for control and invisible characters, quotes and bytes that are no
  /// UTF-8 (a token may hold part of a character).
  /// - Parameter limit: characters shown before "…".
  package static func quoted(_ bytes: [UInt8], limit: Int = .max) -> String {
    var text: [UInt8] = []
    var offset = 0
    var shown = 0
    while offset < bytes.count {
      if shown == limit { return "\"" + String(decoding: text, as: UTF8.self) + "…\"" }
      if let step = UTF8Coding.scalar(in: bytes.span, at: offset) {
        append(step.value, to: &text)
        offset += step.length
      } else {
        text += "\\x\(hexadecimal(UInt32(bytes[offset]), digits: 2))".utf8
        offset += 1
      }
      shown += 1
    }
    return "\"" + String(decoding: text, as: UTF8.self) + "\""
  }

  private static func append(_ value: UInt32, to text: inout [UInt8]) {
    switch value {
    case 0x09: text += "\\t".utf8
    case 0x0a: text += "\\n".utf8
    case 0x0d: text += "\\r".utf8
    case 0x22, 0x5c: text += [UInt8(ascii: "\\"), UInt8(value)]
    case _ where CharacterClass(value) != .visible:
      text += "\\u{\(hexadecimal(value, digits: 1))}".utf8
    default: UTF8Coding.append(value, to: &text)
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

/// What a character does to who reads or learns it.
enum CharacterClass {
  case visible
  case tab
  /// C0 and C1 control characters other than tab and line ends.
  case control
  /// Format characters without width: soft hyphen, zero-width and bidirectional marks, byte order
  /// mark.
  case invisible
  /// U+FFFD, which stands where invalid bytes were.
  case replacement

  init(_ value: UInt32) {
    switch value {
    case 0x20..<0x7f, 0x0a, 0x0d: self = .visible
    case 0x09: self = .tab
    case ..<0xa0: self = .control
    case 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff:
      self = .invisible
    case 0xfffd: self = .replacement
    default: self = .visible
    }
  }
}

/// Code points from valid UTF-8, byte by byte; malformed bytes give some code point, or none.
struct ScalarDecoder {
  private var value: UInt32 = 0
  private var missing = 0

  /// The character that `byte` completes, if it does.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> UInt32? {
    if byte < 0x80 {
      missing = 0
      return UInt32(byte)
    }
    if byte < 0xc0 {
      guard missing > 0 else { return nil }
      value = value << 6 | UInt32(byte & 0x3f)
      missing -= 1
      return missing == 0 ? value : nil
    }
    missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
    value = UInt32(byte) & (0x3f >> UInt32(missing))
    return nil
  }
}
