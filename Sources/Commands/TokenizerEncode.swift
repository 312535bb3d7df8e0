// `trainer tokenizer encode` and `decode`: text to ids and back.
import ArgumentParser
import Reporting
import Text
import Training

struct TokenizerEncode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Turn text into token ids.",
    discussion: "Special tokens in the text become their ids, as Hugging Face's encode does; "
      + "--plain takes them for text, as training does.")

  @OptionGroup var source: TokenizerArgument
  @OptionGroup var input: TokenizerInput
  @Flag(help: "Take special tokens in the text for text.") var plain = false
  @Flag(help: "One token a line, with its text.") var pieces = false
  @Flag(help: "Only how many tokens there are, and how fast they came.") var count = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard !pieces || !count else { throw ValidationError("--pieces and --count: name one of them") }
  }

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        let tokenizer = try source.load()
        let text = try input.bytes()
        let start = MonotonicClock.seconds()
        let ids: [Int32]
        do throws(TokenizerError) { ids = try tokenizer.encode(text, specialTokens: !plain) } catch
        {
          throw TokenizerError.inText(name: input.name, error)
        }
        let seconds = MonotonicClock.seconds() - start
        try StandardOutput.printLine(
          count
            ? summary(ids, text, seconds, tokenizer).text(json: json)
            : TokenList(ids: ids, tokenizer: tokenizer).text(pieces: pieces, json: json))
        return []
      }
      return .done
    }
  }

  private func summary(
    _ ids: [Int32], _ text: [UInt8], _ seconds: Double, _ tokenizer: any Tokenizer
  ) -> FieldReport {
    FieldReport([
      .count("tokens", ids.count), .count("bytes", text.count),
      .number("bytes_per_token", Double(text.count) / Double(max(1, ids.count)), decimals: 3),
      tokenizer.unknownToken.map { id in .count("unknown", ids.count { $0 == id }) },
      .number("seconds", seconds, decimals: 3),
      .number("megabytes_per_second", Double(text.count) / 1e6 / max(1e-9, seconds), decimals: 1),
    ])
  }
}

struct TokenizerDecode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Turn token ids into text.",
    discussion: "Ids are whole numbers with spaces or commas between them.")

  @OptionGroup var source: TokenizerArgument
  @OptionGroup var input: TokenizerInput
  @Flag(help: "One token a line, with its text.") var pieces = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        let tokenizer = try source.load()
        let list = try input.bytes()
        let ids: [Int32]
        do throws(TokenizerError) {
          ids = try tokenizer.tokens(checking: TokenList.ids(in: list))
        } catch { throw TokenizerError.inText(name: input.name, error) }
        let text = tokenizer.decode(ids)
        if pieces {
          try StandardOutput.printLine(
            TokenList(ids: ids, tokenizer: tokenizer).text(pieces: true, json: json))
        } else if json {
          let field = JSONValue.string(String(decoding: text, as: UTF8.self))
          try StandardOutput.printLine(JSONValue.object([.init(key: "text", value: field)]).compact)
        } else {
          // The very bytes, so that a text comes back as it was.
          try StandardOutput.write(text[...])
        }
        return []
      }
      return .done
    }
  }
}

/// Token ids as text.
struct TokenList {
  let ids: [Int32]
  let tokenizer: any Tokenizer

  func text(pieces: Bool, json: Bool) -> String {
    guard pieces else {
      let list = ids.map { "\($0)" }
      return json
        ? JSONValue.object([.init(key: "ids", value: .array(ids.map { .number(Double($0)) }))])
          .compact
        : list.joined(separator: " ")
    }
    let texts = ids.map { TokenText.quoted(tokenizer.bytes(of: $0)) }
    guard json else { return zip(ids, texts).map { "\($0)\t\($1)" }.joined(separator: "\n") }
    return JSONValue.object([
      .init(
        key: "pieces",
        value: .array(
          zip(ids, texts).map { id, text in
            .object([
              .init(key: "id", value: .number(Double(id))),
              .init(key: "text", value: .string(text)),
            ])
          }))
    ]).compact
  }

  /// The ids in a text. Throws `notAnID`.
  static func ids(in text: [UInt8]) throws(TokenizerError) -> [Int] {
    let separators = Set(" \n\r\t,[]".utf8)
    var ids: [Int] = []
    for (index, word) in text.split(whereSeparator: separators.contains).enumerated() {
      let name = String(decoding: word.prefix(40), as: UTF8.self)
      guard word.count <= 20, let id = Int(name) else { throw .notAnID(name, index: index) }
      ids.append(id)
    }
    return ids
  }
}
