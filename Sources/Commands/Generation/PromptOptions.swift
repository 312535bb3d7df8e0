// How a text begins: said, from a file, or from a pipe.
import ArgumentParser
import FoundationEssentials
import Text

struct PromptOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "How the text begins; - reads it from standard input, as does a pipe without --prompt.")
  var prompt: String?
  @Option(
    help: ArgumentHelp(
      "File that holds how the text begins, or - for standard input; its last line break does "
        + "not count.",
      valueName: "file"))
  var promptFile: String?

  func validate() throws {
    guard prompt == nil || promptFile == nil else {
      throw ValidationError("give --prompt or --prompt-file, not both")
    }
  }

  var isGiven: Bool { prompt != nil || promptFile != nil }

  /// The prompt and what it is called in messages; empty where there is none.
  /// - Throws: `CorpusError`, `InputError`
  func read() throws -> Prompt {
    if prompt == "-" || promptFile == "-" || !isGiven && StandardInput.isSent {
      var input = StandardInput()
      return Prompt(name: "standard input", bytes: try input.rest())
    }
    if let promptFile {
      var isDirectory = false
      if FileManager.default.fileExists(atPath: promptFile, isDirectory: &isDirectory), isDirectory
      {
        throw CorpusError.isDirectory(path: promptFile)
      }
      let text = try CorpusBuilder.documents(at: promptFile).bytes
      return Prompt(name: promptFile, bytes: text.withoutLastLineBreak)
    }
    return Prompt(name: "--prompt", bytes: Array((prompt ?? "").utf8))
  }
}

/// What a text begins with.
struct Prompt {
  /// For messages.
  let name: String
  let bytes: [UInt8]
}

/// A text that a model cannot be told: it and the model do not belong together.
enum PromptError: Error, CustomStringConvertible {
  case inexpressible(CorpusError)
  case undecodable(TokenizerError)

  var description: String {
    switch self {
    case .inexpressible(let error): "\(error)"
    case .undecodable(let error): "\(error)"
    }
  }
}

extension Tokenizer {
  /// The tokens of what is said on the command line or to a running command.
  /// - Throws: `PromptError`
  func tokens(of prompt: Prompt) throws(PromptError) -> [Int32] {
    do throws(CorpusError) {
      try checkExpressible([prompt.bytes], name: prompt.name)
    } catch { throw .inexpressible(error) }
    do throws(TokenizerError) { return try encode(prompt.bytes) } catch {
      throw .undecodable(.inText(name: prompt.name, error))
    }
  }
}

extension TextModel {
  /// The tokens that a model reads before it writes. It needs something to go on from: without a
  /// prompt what stands before a text, a line break, the end of another, or whatever token there is.
  /// - Throws: `PromptError`
  func tokens(of prompt: Prompt) throws(PromptError) -> [Int32] {
    if prompt.bytes.isEmpty { return [startToken] }
    let tokens = try tokenizer.tokens(of: prompt)
    return tokens.isEmpty ? [startToken] : tokens
  }

  /// What stands before a text.
  var startToken: Int32 {
    (try? tokenizer.encode(Array("\n".utf8)).first) ?? tokenizer.endOfText ?? 0
  }

  /// The first `count` words of a text that the tokenizer does not know, each once.
  func unknownWords(of text: [UInt8], count: Int) -> [String] {
    guard let unknown = tokenizer.unknownToken else { return [] }
    var words: [String] = []
    for word in text.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
    where (try? tokenizer.encode(Array(word)).contains(unknown)) == true {
      let name = ReadableText.quoted(Array(word), limit: 20)
      if !words.contains(name) { words.append(name) }
      if words.count == count { break }
    }
    return words
  }
}
