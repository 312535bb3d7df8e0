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
