// `trainer chat`: a conversation with a model.
import ArgumentParser
import Communication
import Models
import Text
import Training

struct Chat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Talk with a trained model.",
    discussion: """
      Each line is a message, until exit or Ctrl-D; /help lists what else can be typed. Messages \
      are told to the model as data prepare writes chat "messages": User: …, Assistant: …, and its \
      reply ends before the next User:. Any model answers, but one that has not learned from chats \
      just writes on as in its texts. What no longer fits its context is forgotten, the oldest \
      messages first.
      """)

  @OptionGroup var source: TextModelOptions
  @Option(
    parsing: .unconditional, help: "One message, to be answered; - reads it from standard input.")
  var prompt: String?
  @Option(parsing: .unconditional, help: "What the model is told before all messages.")
  var system: String?
  @OptionGroup var options: SamplingOptions

  func run() throws {
    Session.run { session in
      Interrupt.watch()
      // One process talks; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        var conversation = try Conversation(self, source.load(session.team), session)
        if let prompt {
          var input = StandardInput()
          try conversation.reply(to: prompt == "-" ? input.rest() : Array(prompt.utf8))
        } else {
          try conversation.talk()
        }
        return []
      }
      return Interrupt.isPending ? .interrupted : .done
    }
  }
}

/// A message that a model cannot be told.
enum ChatError: Error, CustomStringConvertible {
  case tooLong(tokens: Int, contextLength: Int, hasSystem: Bool)

  var description: String {
    switch self {
    case .tooLong(let tokens, let contextLength, let hasSystem):
      "this message\(hasSystem ? " and --system take" : " takes") \(tokens) tokens, but the model's "
        + "context holds \(contextLength) with the reply; say less"
    }
  }
}
