// `trainer tokenizer show`: what a tokenizer is like.
import ArgumentParser
import Text
import Training

struct TokenizerShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a tokenizer's kind, size, special tokens and examples.")

  @OptionGroup var source: TokenizerArgument
  @Flag(help: "Print one JSON object.") var json = false

  /// How many tokens are shown of each sort.
  private static let exampleCount = 12
  private static let example = "Hello, world! It's 2024: naïve cafés, 你好."

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        try StandardOutput.printLine(describe(source.load()).text(json: json))
        return []
      }
      return .done
    }
  }

  private func describe(_ tokenizer: any Tokenizer) -> FieldReport {
    let merges = tokenizer as? BytePairTokenizer
    let size = Int32(tokenizer.vocabularySize)
    let added = (merges?.addedTexts ?? []).map(Self.named)
    var fields: [FieldReport.Field?] = [
      .text("kind", tokenizer.kind.rawValue), .count("vocab_size", Int(size)),
    ]
    fields.append(merges.map { .count("merges", $0.merges.count) })
    fields.append(merges.map { .text("pre_tokenizer", $0.patternName) })
    fields.append(.list("special_tokens", texts: tokenizer.specialTokens.map(Self.named)))
    fields.append(added.isEmpty ? nil : .list("added_tokens", texts: added))
    fields.append(tokenizer.endOfText.map { .count("end_of_text", Int($0)) })
    fields.append(tokenizer.unknownToken.map { .count("unknown", Int($0)) })
    fields.append(
      .init(
        name: "lossless", text: tokenizer.isLossless ? "yes" : "no",
        json: .boolean(tokenizer.isLossless)))
    fields.append(.text("fingerprint", tokenizer.fingerprint))
    let shown = Int32(Self.exampleCount)
    fields.append(tokens("longest", longest(tokenizer), tokenizer))
    fields.append(tokens("first", Array(0..<min(size, shown)), tokenizer))
    fields.append(tokens("last", Array(max(0, size - shown)..<size), tokenizer))
    // A tokenizer of characters may lack some of the example.
    if let example = try? tokenizer.encode(Array(Self.example.utf8)) {
      fields.append(tokens("example", example, tokenizer))
    }
    return FieldReport(fields)
  }

  private static func named(_ token: SpecialToken) -> String { "\(token.text)=\(token.id)" }

  private func tokens(
    _ name: String, _ tokens: [Int32], _ tokenizer: any Tokenizer
  ) -> FieldReport.Field {
    .list(name, texts: tokens.map { TokenText.quoted(tokenizer.bytes(of: $0)) })
  }

  /// The tokens with the most bytes, special ones left out; of equals the first.
  private func longest(_ tokenizer: any Tokenizer) -> [Int32] {
    let special = Set(tokenizer.specialTokens.map(\.id))
    let lengths = (0..<Int32(tokenizer.vocabularySize)).filter { !special.contains($0) }
      .map { (token: $0, length: tokenizer.bytes(of: $0).count) }
    return lengths.sorted { one, other in
      one.length == other.length ? one.token < other.token : one.length > other.length
    }

    .prefix(Self.exampleCount).map(\.token)
  }
}
