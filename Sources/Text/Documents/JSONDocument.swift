// One line of a JSON Lines file as a text.

/// `{"text": "…"}`, or a chat, `{"messages": [{"role": "user", "content": "…"}, …]}`; members of
/// other names are passed over.
struct JSONDocument {
  let text: [UInt8]
  /// Halves of surrogate pairs that became U+FFFD.
  let replacedCount: Int

  struct Fault: Error {
    let reason: String
  }

  /// - Parameter replacesInvalid: whether half of a surrogate pair is no fault.
  init(line: ArraySlice<UInt8>, replacesInvalid: Bool) throws(Fault) {
    var reader = JSONReader(Array(line), path: "", subject: "line")
    reader.replacesHalfPairs = replacesInvalid
    do throws(TokenizerError) {
      text = try Self.text(&reader)
      replacedCount = reader.replacedCount
    } catch {
      guard case .malformedFile(_, let position, let reason) = error else {
        throw Fault(reason: "\(error)")
      }
      throw Fault(reason: "column \(position.column): \(reason)")
    }
  }

  private static func text(_ reader: inout JSONReader) throws(TokenizerError) -> [UInt8] {
    var found: [UInt8]?
    var key: [UInt8] = []
    try reader.object { (reader) throws(TokenizerError) in
      key.removeAll(keepingCapacity: true)
      try reader.string(into: &key)
      try reader.punctuation(UInt8(ascii: ":"))
      switch key {
      case Self.textKey:
        var text: [UInt8] = []
        try reader.string(into: &text)
        found = text
      case Self.messagesKey: found = try chat(&reader)
      default: try reader.skipValue()
      }
    }
    try reader.end()
    guard let found else {
      throw reader.fault("neither \"text\" nor \"messages\" in this object", at: 0)
    }
    return found
  }

  private static let textKey = Array("text".utf8)
  private static let messagesKey = Array("messages".utf8)

  private static func chat(_ reader: inout JSONReader) throws(TokenizerError) -> [UInt8] {
    var text: [UInt8] = []
    try reader.array { (reader) throws(TokenizerError) in
      let start = reader.offset
      var role: [UInt8]?
      var content: [UInt8]?
      var key: [UInt8] = []
      try reader.object { (reader) throws(TokenizerError) in
        key.removeAll(keepingCapacity: true)
        try reader.string(into: &key)
        try reader.punctuation(UInt8(ascii: ":"))
        if key == Array("role".utf8) || key == Array("content".utf8) {
          var value: [UInt8] = []
          try reader.string(into: &value)
          if key == Array("role".utf8) { role = value } else { content = value }
        } else {
          try reader.skipValue()
        }
      }
      guard let role, let content else {
        throw reader.fault("a message needs \"role\" and \"content\"", at: start)
      }
      text += ChatFormat.line(role: role, content: content)
    }
    return text
  }
}
