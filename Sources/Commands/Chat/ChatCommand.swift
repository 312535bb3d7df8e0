// What is typed in a chat for the program rather than for the model.

/// A line of a chat that is no message.
package enum ChatCommand: Equatable {
  case exit
  case help
  case reset
  case temperature(Double)
  /// Nil for all tokens.
  case topK(Int?)
  /// One that makes no sense, and why.
  case wrong(String)

  /// Nil for a message.
  package init?(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    guard let name = words.first, name.hasPrefix("/") || words == ["exit"] else { return nil }
    switch (name, words.count) {
    case ("exit", 1), ("/exit", 1), ("/quit", 1): self = .exit
    case ("/help", 1): self = .help
    case ("/reset", 1): self = .reset
    case ("/temperature", 2):
      let value = Double(words[1])
      self =
        value.flatMap { $0 >= 0 && $0.isFinite ? .temperature($0) : nil }
        ?? .wrong("/temperature \(words[1]): a number from 0")
    case ("/top-k", 2):
      let value = Int(words[1])
      self =
        words[1] == "off"
        ? .topK(nil)
        : value.flatMap { $0 >= 1 ? .topK($0) : nil }
          ?? .wrong("/top-k \(words[1]): a whole number from 1, or off")
    case ("/temperature", _): self = .wrong("/temperature: with a number, such as 0.7")
    case ("/top-k", _): self = .wrong("/top-k: with a number, such as 20, or off")
    default: self = .wrong("no command \(line); /help lists them")
    }
  }

  package static let list = """
    /reset            forget what has been said
    /temperature 0.7  below 1: safer words, above: bolder ones
    /top-k 20         choose among the 20 likeliest tokens
    /top-k off        choose among all
    /help             this list
    exit              end, as Ctrl-D does
    """
}
