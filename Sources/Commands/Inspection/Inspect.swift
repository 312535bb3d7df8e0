// `trainer inspect`: looking into a trained model.
import ArgumentParser
import Models
import Text

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look into a trained model.",
    subcommands: [InspectLogits.self, InspectAttention.self, InspectEmbeddings.self])
}

/// A part of a model that it does not have.
enum InspectionError: Error, CustomStringConvertible {
  case tooLong(tokens: Int, contextLength: Int)
  case beyond(option: String, value: Int, what: String, count: Int)

  var description: String {
    switch self {
    case .tooLong(let tokens, let contextLength):
      "the prompt has \(tokens) tokens, but the model's context holds \(contextLength); "
        + "give a shorter one"
    case .beyond(let option, let value, let what, let count):
      "\(option) \(value): the model has \(what) 0 to \(count - 1)"
    }
  }
}

/// A token as it is shown.
struct ShownToken {
  let text: String

  init(_ token: Int32, _ tokenizer: any Tokenizer) {
    text = ReadableText.quoted(tokenizer.bytes(of: token))
  }
}
