// JSON with nested parts, as serde_json writes it.

/// Writes values one after another; commas and line breaks come by themselves. The pretty form
/// is that of Hugging Face's `save`, byte for byte.
package struct JSONDocumentWriter {
  package private(set) var text: [UInt8] = []
  private let isPretty: Bool
  /// Whether each open list or object has a member already.
  private var hasMembers: [Bool] = []
  private var isAfterKey = false

  package init(isPretty: Bool) { self.isPretty = isPretty }

  package mutating func key(_ name: String) { key(Array(name.utf8)) }

  package mutating func key(_ name: [UInt8]) {
    startValue()
    append(name)
    raw(isPretty ? ": " : ":")
    isAfterKey = true
  }

  package mutating func string(_ bytes: [UInt8]) {
    startValue()
    append(bytes)
  }

  package mutating func string(_ text: String) { string(Array(text.utf8)) }

  package mutating func integer(_ value: Int) { word("\(value)") }

  /// The shortest text that reads back as the same number.
  /// - Precondition: `value` is finite.
  package mutating func number(_ value: Double) {
    precondition(value.isFinite, "JSON has no word for \(value)")
    word(Int(exactly: value).map { "\($0).0" } ?? "\(value)")
  }

  package mutating func boolean(_ value: Bool) { word(value ? "true" : "false") }

  package mutating func null() { word("null") }

  package mutating func object(_ members: (inout JSONDocumentWriter) -> Void) {
    nested("{", "}", members)
  }

  package mutating func array(_ items: (inout JSONDocumentWriter) -> Void) {
    nested("[", "]", items)
  }

  private mutating func nested(
    _ opening: String, _ closing: String, _ content: (inout JSONDocumentWriter) -> Void
  ) {
    startValue()
    raw(opening)
    hasMembers.append(false)
    content(&self)
    if hasMembers.removeLast() { breakLine() }
    raw(closing)
  }

  private mutating func word(_ word: String) {
    startValue()
    raw(word)
  }

  private mutating func startValue() {
    if isAfterKey {
      isAfterKey = false
    } else if let last = hasMembers.indices.last {
      if hasMembers[last] { raw(",") }
      hasMembers[last] = true
      breakLine()
    }
  }

  private mutating func breakLine() {
    guard isPretty else { return }
    raw("\n" + String(repeating: "  ", count: hasMembers.count))
  }

  private mutating func raw(_ part: String) { text.append(contentsOf: part.utf8) }

  private mutating func append(_ bytes: [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case 0x08: raw("\\b")
      case 0x09: raw("\\t")
      case 0x0a: raw("\\n")
      case 0x0c: raw("\\f")
      case 0x0d: raw("\\r")
      case ..<0x20: raw("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
