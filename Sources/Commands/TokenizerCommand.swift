// `trainer tokenizer`: making tokenizers, looking at them, and using them by hand.
import ArgumentParser
import FoundationEssentials
import ModelFiles
import Text
import Training

struct TokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Train, show and use tokenizers.",
    subcommands: [
      TokenizerTrain.self, TokenizerShow.self, TokenizerEncode.self, TokenizerDecode.self,
    ])
}

/// The tokenizer that a command works with.
struct TokenizerArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "gpt2, a tokenizer.json, a folder with one or with vocab.json and merges.txt, a checkpoint "
        + "or a run folder.", valueName: "tokenizer"))
  var tokenizer: String

  /// - Throws: `TokenizerError`, `CheckpointError`, `CorpusError`
  func load() throws -> any Tokenizer {
    var isDirectory = false
    let exists = FileManager.default.fileExists(atPath: tokenizer, isDirectory: &isDirectory)
    if !exists, tokenizer == TokenizerChoice.gpt2.rawValue { return try Self.gpt2() }
    if exists, isDirectory ? isRunFolder : tokenizer.hasSuffix(".h5") {
      return try StoredRun(CheckpointReader(path: CheckpointOptions.file(tokenizer))).tokenizer
    }
    return try TokenizerSource.load(tokenizer)
  }

  private var isRunFolder: Bool {
    [CheckpointDirectory.bestName, CheckpointDirectory.latestName].contains {
      FileManager.default.fileExists(atPath: "\(tokenizer)/\($0)")
    }
  }

  private static func gpt2() throws -> any Tokenizer {
    let environment = ProcessInfo.processInfo.environment
    let merges = try PublishedFile.gpt2Merges.locate(environment: environment)
    let vocabulary = try PublishedFile.gpt2Vocabulary.locate(environment: environment)
    return try BytePairTokenizer(
      merges: merges.bytes, mergesPath: merges.path, vocabulary: vocabulary.bytes,
      vocabularyPath: vocabulary.path)
  }
}

/// What a command reads: an option's text, a file, or standard input.
struct TokenizerInput: ParsableArguments {
  @Option(parsing: .unconditional, help: "The input itself.") var text: String?
  @Option(help: ArgumentHelp("File with the input; - is standard input.", valueName: "path"))
  var file: String?

  func validate() throws {
    guard text == nil || file == nil else {
      throw ValidationError("--text and --file: name one of them")
    }
  }

  /// For messages.
  var name: String { text == nil ? file ?? "standard input" : "--text" }

  /// - Throws: `CorpusError`
  func bytes() throws -> [UInt8] {
    if let text { return Array(text.utf8) }
    var bytes: [UInt8] = []
    var reader = try BlockReader(file ?? BlockReader.standardInput)
    while let block = try reader.next() { bytes += block }
    return bytes
  }
}

/// Tokens as people can read them.
enum TokenText {
  /// The text of a token in quotes, with escapes for what does not show; bytes that are not UTF-8
  /// as `\x..`.
  static func quoted(_ bytes: [UInt8]) -> String {
    var text = "\""
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      guard rest.count >= length, let part = String(validating: rest.prefix(length), as: UTF8.self)
      else {
        text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
        rest = rest.dropFirst()
        continue
      }
      text += part.unicodeScalars.map(escaped).joined()
      rest = rest.dropFirst(length)
    }
    return text + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"", "\\": return "\\\(scalar)"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator:
      return "\\u{\(String(scalar.value, radix: 16))}"
    default: return "\(scalar)"
    }
  }
}
