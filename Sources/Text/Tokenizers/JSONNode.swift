// Small parts of a JSON file whose members may come in any order.

/// A JSON value. Only for settings: vocabularies are read as bytes (`JSONReader`).
package indirect enum JSONNode: Equatable {
  case null
  case boolean(Bool)
  /// As it was written.
  case number(String)
  case string(String)
  case array([JSONNode])
  case object([Member])

  package struct Member: Equatable {
    package let key: String
    package let value: JSONNode
  }

  /// The value of a member, nil where there is none or it is null.
  package subscript(key: String) -> JSONNode? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }.flatMap { $0.value == .null ? nil : $0.value }
  }

  package var text: String? { if case .string(let text) = self { text } else { nil } }
  package var flag: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
  package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  package var number: Double? { if case .number(let text) = self { Double(text) } else { nil } }
  package var items: [JSONNode]? { if case .array(let items) = self { items } else { nil } }
}

extension JSONReader {
  /// Settings are a few levels deep; a file of brackets alone must not exhaust the stack.
  private static let deepest = 32

  /// Reads any value.
  package mutating func node(depth: Int = 0) throws(TokenizerError) -> JSONNode {
    guard depth < Self.deepest else { throw fault("nested too deeply", at: offset) }
    switch peek() {
    case UInt8(ascii: "{"):
      var members: [JSONNode.Member] = []
      try object { (reader) throws(TokenizerError) in
        let key = try reader.stringText()
        try reader.punctuation(UInt8(ascii: ":"))
        members.append(.init(key: key, value: try reader.node(depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var items: [JSONNode] = []
      try array { (reader) throws(TokenizerError) in
        items.append(try reader.node(depth: depth + 1))
      }
      return .array(items)
    case UInt8(ascii: "\""): return .string(try stringText())
    default: return try scalar()
    }
  }

  /// Reads a string.
  package mutating func stringText() throws(TokenizerError) -> String {
    var bytes: [UInt8] = []
    try string(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads `null`, `true`, `false` or a number.
  private mutating func scalar() throws(TokenizerError) -> JSONNode {
    let start = offset
    let word = literal()
    switch word {
    case "null": return .null
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default:
      guard Double(word) != nil else { throw fault("a value expected", at: start) }
      return .number(word)
    }
  }
}
