// How a chat is written as a text: a line a message, `User: Hello.`

package enum ChatFormat {
  /// Who says a message, as `"role"` names it.
  package enum Role: String, Sendable, CaseIterable {
    case system
    case user
    case assistant

    /// How each of its messages begins: `User:`.
    package var opening: [UInt8] { ChatFormat.opening(Array(rawValue.utf8)) }
  }

  package static func line(role: [UInt8], content: [UInt8]) -> [UInt8] {
    opening(role) + [UInt8(ascii: " ")] + content + [UInt8(ascii: "\n")]
  }

  package static func line(_ role: Role, _ content: [UInt8]) -> [UInt8] {
    line(role: Array(role.rawValue.utf8), content: content)
  }

  private static func opening(_ role: [UInt8]) -> [UInt8] {
    var opening = role
    if let first = opening.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") {
      opening[0] = first - 0x20
    }
    return opening + [UInt8(ascii: ":")]
  }
}
