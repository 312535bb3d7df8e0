// The turns of a chat: what is said goes to the model, what it answers to standard output.
import Models
import Reporting
import Text

struct Conversation {
  private let model: TextModel
  private let session: Session
  private var settings: WritingSettings
  private let hasSystem: Bool
  private var history: ChatHistory
  /// Number of replies, so that each draws its own numbers.
  private var replyCount = 0

  init(_ command: Chat, _ model: TextModel, _ session: Session) throws {
    self.model = model
    self.session = session
    settings = command.options.settings
    // Where the next message would begin.
    let roles = [ChatFormat.Role.user, .assistant]
    let marks = roles.compactMap { role in
      try? model.tokenizer.decode(model.tokenizer.encode([UInt8(ascii: "\n")] + role.opening))
    }
    // A character tokenizer of another text may not be able to write them.
    let namesRoles = marks.count == roles.count
    settings.stops += namesRoles ? marks : [[UInt8(ascii: "\n")]]
    hasSystem = command.system != nil
    history = ChatHistory(system: command.system.map { Array($0.utf8) }, namesRoles: namesRoles)
    if let system = command.system {
      try check(Prompt(name: "--system", bytes: Array(system.utf8)))
    }
  }

  /// Names what the model cannot be told, before it stands among other messages.
  private func check(_ prompt: Prompt) throws {
    _ = try model.tokens(of: prompt)
    session.warnOfUnknownWords(model, in: prompt)
  }

  /// Line by line. What is wrong with one does not end the conversation.
  /// - Throws: `InputError`, `OutputError`
  mutating func talk() throws {
    if StandardInput.isTerminal {
      session.console.print("\(model.name): /help lists commands, exit ends")
    }
    var input = StandardInput()
    while let line = try input.line(prompt: "> ", session.console) {
      if line.allSatisfy({ $0 == UInt8(ascii: " ") }) { continue }
      if let command = ChatCommand(String(decoding: line, as: UTF8.self)) {
        if command == .exit { return }
        obey(command)
        continue
      }
      do { try reply(to: line) } catch let error as OutputError { throw error } catch {
        session.logger.error("\(error)")
      }
      // It ended that reply only.
      if StandardInput.isTerminal { _ = Interrupt.take() }
    }
  }

  private mutating func obey(_ command: ChatCommand) {
    switch command {
    case .exit: break
    case .help: session.console.print(ChatCommand.list)
    case .reset:
      history.reset()
      replyCount = 0
    case .temperature(let value): settings.sampling.temperature = value
    case .topK(let value): settings.sampling.topK = value
    case .wrong(let reason): session.logger.error("\(reason)")
    }
  }

  /// - Throws: `PromptError`, `ChatError`, `OutputError`; the message is forgotten then.
  mutating func reply(to message: [UInt8]) throws {
    let before = history
    do {
      try answer(message)
    } catch {
      history = before
      throw error
    }
  }

  private mutating func answer(_ message: [UInt8]) throws {
    let prompt = Prompt(name: "message", bytes: message)
    try check(prompt)
    history.add(.user, message)
    let contextLength = model.decoding.contextLength
    // Room for the reply, or half the context where it may become longer than that.
    let limit = max(contextLength - settings.maximumCount, contextLength / 2)
    let model = model
    let tokens = try history.tokens(limit: limit) { text in
      try model.tokens(of: Prompt(name: prompt.name, bytes: text))
    }
    guard tokens.count <= limit else {
      throw ChatError.tooLong(
        tokens: tokens.count, contextLength: contextLength, hasSystem: hasSystem)
    }
    // What stands before all messages must not leave the context while the reply grows.
    var settings = settings
    settings.maximumCount = min(settings.maximumCount, max(1, contextLength - tokens.count))
    var writer = TextWriter(model, settings)
    var reply = ReplyStream()
    var output = TextStream()
    do {
      _ = try writer.write(after: tokens, sample: replyCount) { bytes throws(OutputError) in
        try output.write(reply.pass(bytes))
      }
    } catch let error as GenerationError {
      try output.breakOff()
      throw error
    }
    try output.finish()
    replyCount += 1
    history.add(.assistant, reply.text)
  }
}
