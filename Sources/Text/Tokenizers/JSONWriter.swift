// The part of JSON that tokenizer files use, written the same byte for byte on every machine.

struct JSONWriter {
  private var text: [UInt8] = []

  mutating func raw(_ part: String) { text.append(contentsOf: part.utf8) }

  /// Writes `,"name":`.
  mutating func member(_ name: String) { raw(",\"\(name)\":") }

  /// Writes a string; `bytes` must be UTF-8.
  mutating func string(_ bytes: [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): raw("\\n")
      case ..<0x20: raw("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  /// Writes a list of strings, one a line.
  mutating func strings(_ items: some Sequence<[UInt8]>) {
    var separator = "[\n"
    for item in items {
      raw(separator)
      string(item)
      separator = ",\n"
    }
    raw(separator == "[\n" ? "[]" : "\n]")
  }

  /// The text with the outermost object closed.
  func finished() -> String { String(decoding: text + Array("}\n".utf8), as: UTF8.self) }
}
