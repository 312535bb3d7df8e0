// What has been said in a chat, as far as a model can see it.
import Text

/// The messages of a chat. The oldest go when they no longer fit: a question with its answer, whole.
package struct ChatHistory {
  package struct Message: Equatable {
    package let role: ChatFormat.Role
    package let content: [UInt8]
  }

  /// What stands before all messages and never goes.
  private let system: [UInt8]?
  /// Whether the text says who says what; if not, answers go on from messages.
  private let namesRoles: Bool
  package private(set) var messages: [Message] = []

  package init(system: [UInt8]? = nil, namesRoles: Bool = true) {
    self.system = system
    self.namesRoles = namesRoles
  }

  package mutating func add(_ role: ChatFormat.Role, _ content: [UInt8]) {
    messages.append(Message(role: role, content: content))
  }

  package mutating func reset() { messages = [] }

  /// The chat as a text that an answer follows.
  package var text: [UInt8] {
    let first = system.map { [Message(role: .system, content: $0)] } ?? []
    if namesRoles {
      return (first + messages).flatMap { ChatFormat.line($0.role, $0.content) }
        + ChatFormat.Role.assistant.opening
    }
    return (first + messages).flatMap { message in
      switch message.role {
      case .user: message.content
      case .assistant: [UInt8(ascii: " ")] + message.content + [UInt8(ascii: "\n")]
      case .system: message.content + [UInt8(ascii: "\n")]
      }
    }
  }

  /// The tokens of `text`, after the oldest exchanges have gone so that there are at most `limit`;
  /// more only if the last message alone has more.
  package mutating func tokens<Failure: Error>(
    limit: Int, encode: ([UInt8]) throws(Failure) -> [Int32]
  ) throws(Failure) -> [Int32] {
    while true {
      let tokens = try encode(text)
      if tokens.count <= limit { return tokens }
      let next = messages.dropFirst().firstIndex { $0.role == .user }
      guard let next else { return tokens }
      messages.removeFirst(next)
    }
  }
}
