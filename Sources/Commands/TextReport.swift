// The numbers of `trainer data report`, for people and for programs.
import Reporting
import Text
import Training

/// What both parts of a run's text are made of.
struct TextReport {
  /// One of the two parts.
  struct Part {
    let name: String
    let text: TextStatistics
    let tokens: TokenStatistics
  }

  static let frequentTokenCount = 10

  let name: String
  let tokenizer: any Tokenizer
  let parts: [Part]
  let overlap: TextOverlap
  let baselines: BaselineTable
  let entropyBitsPerByte: Double?

  init(_ run: RunText) throws {
    name = run.corpus.name
    tokenizer = run.tokenizer
    entropyBitsPerByte = run.corpus.entropyBitsPerByte
    let size = run.tokenizer.vocabularySize
    var overlap = TextOverlap()
    try run.validation.forEachText(tokenizer) { text, endsDocument in
      overlap.addValidation(text)
      if endsDocument { overlap.endDocument() }
    }
    try run.training.forEachText(tokenizer) { text, endsDocument in
      overlap.addTraining(text)
      if endsDocument { overlap.endDocument() }
    }
    self.overlap = overlap
    parts = try [("training", run.training), ("validation", run.validation)].map { name, tokens in
      var statistics = TextStatistics()
      try tokens.forEachText(run.tokenizer) { text, endsDocument in
        statistics.add(text)
        if endsDocument { statistics.endDocument() }
      }
      return Part(
        name: name, text: statistics, tokens: try TokenStatistics(tokens, vocabularySize: size))
    }
    baselines = BaselineTable(
      losses: try NGramLosses(
        training: run.training, validation: run.validation, vocabularySize: size),
      byteCount: try Self.scoredBytes(run))
  }

  /// Bytes of the validation text without its first token, which is not scored.
  private static func scoredBytes(_ run: RunText) throws -> Int {
    let bytesPerToken = run.bytesPerToken
    let tokens = try TokenStatistics(run.validation, vocabularySize: bytesPerToken.count)
    let all = tokens.byteCount(bytesPerToken: bytesPerToken)
    return Int((all - bytesPerToken[Int(run.validation[0])]).rounded())
  }

  /// The tokens that occur most in the training text.
  var frequentTokens: [(text: String, count: Int, share: Double)] {
    parts[0].tokens.mostFrequent(Self.frequentTokenCount).map { token, count in
      (
        token == tokenizer.endOfText
          ? "end of text" : ReadableText.quoted(tokenizer.bytes(of: token), limit: 20),
        count, Double(count) / Double(parts[0].tokens.tokenCount)
      )
    }
  }
}

extension TextReport {
  /// Sixty columns wide.
  var text: String {
    ([
      "\(name), tokenizer \(tokenizer.kind.rawValue)", sizes, surprises, tokenList, lineList,
      overlapLine, baselines.text,
    ] + [entropyLine])
    .compactMap { $0 }.joined(separator: "\n\n")
  }

  private var sizes: String {
    table([
      row("") { $0.name },
      row("bytes") { NumberText.grouped($0.text.byteCount) },
      row("characters") { NumberText.grouped($0.text.characterCount) },
      row("lines") { NumberText.grouped($0.text.lineCount) },
      row("documents") { NumberText.grouped($0.text.documentCount) },
      row("tokens") { NumberText.grouped($0.tokens.tokenCount) },
      row("characters per token") { perToken($0.text.characterCount, $0) },
      row("bytes per token") { perToken($0.text.byteCount, $0) },
      row("used of \(NumberText.grouped(tokenizer.vocabularySize)) tokens") {
        NumberText.grouped($0.tokens.usedCount)
      },
    ])
  }

  /// Only what there is.
  private var surprises: String {
    let all: [(String, KeyPath<TextStatistics, Int>)] = [
      ("Windows line ends", \.windowsLineEndCount), ("tabs", \.tabCount),
      ("control characters", \.controlCount), ("invisible characters", \.invisibleCount),
      ("replaced invalid bytes", \.replacementCount),
    ]
    let found = all.filter { _, count in parts.contains { $0.text[keyPath: count] > 0 } }
    return table(
      [
        row("repeated long lines") { duplicates($0.text.duplicateLines) },
        row("repeated documents") { duplicates($0.text.duplicateDocuments) },
      ] + found.map { name, count in row(name) { NumberText.grouped($0.text[keyPath: count]) } })
      + "\n(long: \(TextStatistics.comparedLineLength) characters and more)"
  }

  private func row(_ name: String, _ value: (Part) -> String) -> [String] {
    [name] + parts.map(value)
  }

  private func perToken(_ count: Int, _ part: Part) -> String {
    NumberText.fixed(Double(count) / Double(max(1, part.tokens.tokenCount)), 2)
  }

  private func duplicates(_ found: TextStatistics.Duplicates) -> String {
    "\(found.isEstimate ? "~" : "")\(NumberText.grouped(found.count)) (\(percent(found.share)))"
  }

  private func percent(_ share: Double) -> String { NumberText.fixed(100 * share, 1) + "%" }

  private func table(_ rows: [[String]]) -> String {
    rows.map { row in
      row[0].padded(toColumns: 24) + row.dropFirst().map { leading($0, 18) }.joined()
    }.joined(separator: "\n")
  }

  private var tokenList: String {
    "most frequent tokens of the training text\n"
      + frequentTokens.map { token in
        "  " + token.text.cut(toColumns: 26).padded(toColumns: 26)
          + leading(NumberText.grouped(token.count), 18) + leading(percent(token.share), 10)
      }.joined(separator: "\n")
  }

  private var lineList: String {
    "longest lines of the training text\n"
      + parts[0].text.longestLines.map { line in
        "  line \(NumberText.grouped(line.number)), "
          + "\(NumberText.grouped(line.length)) characters:\n    "
          + ReadableText.quoted(line.beginning)
          + (line.length > TextStatistics.beginningLength ? " …" : "")
      }.joined(separator: "\n")
  }

  private var overlapLine: String? {
    overlap.share.map { share in
      "\(overlap.isEstimate ? "about " : "")\(percent(share)) of the validation text's stretches "
        + "of \(TextOverlap.windowLength) characters\nare in the training text too"
    }
  }

  private var entropyLine: String? {
    entropyBitsPerByte.map {
      "no model can do better than \(NumberText.fixed($0, 3)) bits per byte"
    }
  }

  /// A number behind another column.
  private func leading(_ text: String, _ width: Int) -> String {
    " " + text.indented(toColumns: width - 1)
  }
}

extension TextReport {
  var json: JSONValue {
    .fields([
      ("data", .string(name)),
      ("tokenizer", .string(tokenizer.kind.rawValue)),
      ("vocab_size", .count(tokenizer.vocabularySize)),
      ("parts", .fields(parts.map { ($0.name, json(of: $0)) })),
      (
        "frequent_tokens",
        .array(
          frequentTokens.map { token in
            .fields([("token", .string(token.text)), ("count", .count(token.count))])
          })
      ),
      ("overlap_window", .count(TextOverlap.windowLength)),
      ("overlap_share", overlap.share.map(JSONValue.number) ?? .null),
      ("entropy_bits_per_byte", entropyBitsPerByte.map(JSONValue.number) ?? .null),
      ("baselines", baselines.json),
    ])
  }

  private func json(of part: Part) -> JSONValue {
    let text = part.text
    return .fields([
      ("bytes", .count(text.byteCount)), ("characters", .count(text.characterCount)),
      ("lines", .count(text.lineCount)), ("documents", .count(text.documentCount)),
      ("tokens", .count(part.tokens.tokenCount)),
      ("used_tokens", .count(part.tokens.usedCount)),
      ("compared_line_length", .count(TextStatistics.comparedLineLength)),
      ("duplicate_lines", json(of: text.duplicateLines)),
      ("duplicate_documents", json(of: text.duplicateDocuments)),
      ("windows_line_ends", .count(text.windowsLineEndCount)), ("tabs", .count(text.tabCount)),
      ("control_characters", .count(text.controlCount)),
      ("invisible_characters", .count(text.invisibleCount)),
      ("replacement_characters", .count(text.replacementCount)),
      (
        "longest_lines",
        .array(
          text.longestLines.map { line in
            .fields([
              ("line", .count(line.number)), ("characters", .count(line.length)),
              ("beginning", .string(String(decoding: line.beginning, as: UTF8.self))),
            ])
          })
      ),
    ])
  }

  private func json(of found: TextStatistics.Duplicates) -> JSONValue {
    .fields([
      ("count", .count(found.count)), ("of", .count(found.total)),
      ("estimated", .boolean(found.isEstimate)),
    ])
  }
}

extension JSONValue {
  static func count(_ value: Int) -> JSONValue { .number(Double(value)) }

  static func fields(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { .init(key: $0.0, value: $0.1) })
  }
}
