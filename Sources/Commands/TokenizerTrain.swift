// `trainer tokenizer train`: learn a vocabulary from text.
import ArgumentParser
import Reporting
import Text
import Training

struct TokenizerTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a tokenizer from text files.",
    discussion: """
      The merges of bpe are those that Hugging Face's ByteLevelBPETokenizer learns from the same \
      file. The same text gives the same file, byte for byte.
      """)

  @Option(help: "character, word or bpe.") var kind: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Text files; - is standard input.", valueName: "file"))
  var data: [String]
  @Option(help: "Tokens at most (default: 8000 for bpe, 10000 for word).") var vocabSize: Int?
  @Option(help: "Occurrences that a merge or a word needs.")
  var minFrequency = TokenizerSettings.defaultMinimumFrequency
  @Option(
    name: .customLong("special-token"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Special token; name it several times for several (default for bpe: <|endoftext|>).",
      valueName: "text"))
  var specialTokens: [String] = []
  @Flag(help: "No special token.") var noSpecialTokens = false
  @Flag(help: "Give common English words a token first (word).") var commonWords = false
  @Option(
    help: ArgumentHelp(
      "Folder for the files, or one file whose name ends in .json.", valueName: "path"))
  var out: String
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard TokenizerKind(rawValue: kind) != nil else {
      let known = TokenizerKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--kind: no \"\(kind)\"; there are \(known)")
    }
    for file in data where [".gz", ".jsonl", ".ndjson"].contains(where: file.hasSuffix) {
      throw ValidationError(
        "--data \(file): plain text only; trainer data prepare --tokenizer \(kind) reads it")
    }
    guard (1...Self.largestVocabulary).contains(vocabSize ?? 1) else {
      throw ValidationError("--vocab-size \(vocabSize ?? 0): 1 to \(Self.largestVocabulary)")
    }
    guard minFrequency >= 1 else {
      throw ValidationError("--min-frequency \(minFrequency): at least 1")
    }
    guard !data.isEmpty, !out.isEmpty else {
      throw ValidationError("--data and --out: name files and a folder")
    }
    guard !noSpecialTokens || specialTokens.isEmpty else {
      throw ValidationError("--special-token and --no-special-tokens: name one of them")
    }
    if kind != TokenizerKind.word.rawValue, commonWords {
      throw ValidationError("--common-words: only for --kind word")
    }
    if kind == TokenizerKind.character.rawValue, vocabSize != nil || !specialTokens.isEmpty {
      throw ValidationError(
        "--kind character: every character of the text is a token, so that --vocab-size and "
          + "--special-token say nothing")
    }
  }

  private static let largestVocabulary = 1_000_000

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        let result = try train(console: session.console)
        if result.tokenizer.kind != .character,
          result.tokenizer.vocabularySize < settings.vocabularySize
        {
          session.announce(
            "nothing else occurs \(minFrequency) times, so the vocabulary has "
              + "\(result.tokenizer.vocabularySize) of \(settings.vocabularySize) tokens")
        }
        try StandardOutput.printLine(report(result).text(json: json))
        return []
      }
      return .done
    }
  }

  private var settings: TokenizerSettings {
    var settings = TokenizerSettings(
      kind: TokenizerKind(rawValue: kind) ?? .bpe, vocabularySize: vocabSize)
    settings.minimumFrequency = minFrequency
    settings.commonWords = commonWords
    if noSpecialTokens || !specialTokens.isEmpty { settings.specialTokens = specialTokens }
    return settings
  }

  private struct Result {
    let tokenizer: any Tokenizer
    let byteCount: Int
    let seconds: Double
    let droppedPieces: Int
    let paths: [String]
    /// The start of the text.
    let sample: [UInt8]
  }

  /// The result is measured on the first 16 MB or a little more.
  private static let sampleSize = 1 << 24

  private func train(console: Console) throws -> Result {
    let start = MonotonicClock.seconds()
    var trainer = try settings.trainer()
    let bar = ProgressBar(
      title: "read", total: try data.reduce(0) { try $0 + BlockReader($1).size }, unit: .bytes,
      console: console, staysWhenFinished: false)
    var sample: [UInt8] = []
    var byteCount = 0
    for path in data {
      var reader = try BlockReader(path)
      let base = byteCount
      while let block = try reader.next() {
        do throws(TokenizerError) { try trainer.add(block[...]) } catch {
          throw located(error, in: path, base: base)
        }
        byteCount += block.count
        if sample.count < Self.sampleSize { sample += block }
        bar.update(done: byteCount)
      }
    }
    bar.finish()
    let tokenizer: any Tokenizer
    do throws(TokenizerError) { tokenizer = try trainer.finish() } catch {
      throw TokenizerError.inText(name: data.joined(separator: ", "), error)
    }
    let paths = try save(tokenizer)
    return Result(
      tokenizer: tokenizer, byteCount: byteCount, seconds: MonotonicClock.seconds() - start,
      droppedPieces: trainer.droppedPieces, paths: paths, sample: sample)
  }

  /// The error with the file's name, and offsets counted from the file's start.
  private func located(_ error: TokenizerError, in path: String, base: Int) -> TokenizerError {
    guard case .invalidUTF8(let offset) = error else { return .inText(name: path, error) }
    return .inText(name: path, .invalidUTF8(byteOffset: offset - base))
  }

  private func save(_ tokenizer: any Tokenizer) throws(TokenizerError) -> [String] {
    guard out.hasSuffix(".json") else { return try TokenizerSource.save(tokenizer, folder: out) }
    try TokenizerSource.save(tokenizer, file: out)
    return [out]
  }

  private func report(_ result: Result) throws -> FieldReport {
    let tokenizer = result.tokenizer
    let tokens = try tokenizer.encode(result.sample)
    let tokenCount = Double(max(1, tokens.count))
    let unknown = tokenizer.unknownToken.map { id in tokens.count { $0 == id } }
    return FieldReport([
      .text("kind", tokenizer.kind.rawValue),
      .count("vocab_size", tokenizer.vocabularySize),
      (tokenizer as? BytePairTokenizer).map { .count("merges", $0.merges.count) },
      .list("special_tokens", texts: tokenizer.specialTokens.map(\.text)),
      .count("bytes", result.byteCount),
      .number("seconds", result.seconds, decimals: 2),
      .number("bytes_per_token", Double(result.sample.count) / tokenCount, decimals: 3),
      unknown.map { .number("unknown_rate", Double($0) / tokenCount, decimals: 4) },
      result.droppedPieces > 0 ? .count("dropped_pieces", result.droppedPieces) : nil,
      .list("files", texts: result.paths),
    ])
  }
}

extension FieldReport.Field {
  /// Texts, one after another for people.
  static func list(_ name: String, texts: [String]) -> Self {
    .init(
      name: name, text: texts.isEmpty ? "none" : texts.joined(separator: " "),
      json: .array(texts.map { .string($0) }))
  }
}
