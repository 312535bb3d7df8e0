// How often a model finds the words that are missing in phrases.
import Reporting
import Text
import Training

/// Where the right words stood among a model's fillers, for each phrase.
package struct PhraseResult {
  package struct Row {
    package let line: Int
    /// From 1; nil where the right words were not among the candidates.
    package let rank: Int?
    /// The likeliest fillers.
    package let best: [[UInt8]]

    package init(line: Int, rank: Int?, best: [[UInt8]]) {
      self.line = line
      self.rank = rank
      self.best = best
    }
  }

  package let rows: [Row]

  package init(_ rows: [Row]) { self.rows = rows }

  /// Share of phrases whose right words are among the first `count`.
  package func share(top count: Int) -> Double {
    Double(rows.count { $0.rank.map { $0 <= count } ?? false }) / Double(rows.count)
  }

  /// Mean of 1 / rank, 0 where there is none.
  package var meanReciprocalRank: Double {
    rows.reduce(0) { $0 + ($1.rank.map { 1 / Double($0) } ?? 0) } / Double(rows.count)
  }

  /// - Parameter progress: told how many phrases are done.
  /// - Throws: `CorpusError`, `TokenizerError`, `PhraseError`, `GenerationError`
  package init(
    _ phrases: [Phrase], path: String, _ completer: Completer, _ tokenizer: any Tokenizer,
    progress: (Int) -> Void = { _ in }
  ) throws {
    rows = try phrases.enumerated().map { index, phrase in
      let place = "\(path):\(phrase.line)"
      try tokenizer.checkExpressible(phrase.text.parts + phrase.answers, name: place)
      let completions: [Completion]
      do { completions = try completer.completions(of: phrase.text) } catch let error
        as CompletionError
      { throw PhraseError.malformed(path: path, line: phrase.line, reason: "\(error)") }
      // As the tokenizer writes them: a word tokenizer knows small letters only.
      let answers = try phrase.answers.map { answer in
        tokenizer.isLossless ? answer : tokenizer.decode(try tokenizer.encode(answer))
      }
      progress(index + 1)
      return Row(
        line: phrase.line,
        rank: completions.firstIndex { $0.fillers == answers }.map { $0 + 1 },
        best: completions.first?.fillers ?? [])
    }
  }

  func report(checkpoint: String, path: String, json: Bool) -> FieldReport {
    FieldReport([
      .text("checkpoint", checkpoint), .text("phrases", path), .count("count", rows.count),
      .number("top_1", share(top: 1), decimals: 4), .number("top_5", share(top: 5), decimals: 4),
      .number("mean_reciprocal_rank", meanReciprocalRank, decimals: 4),
      json ? .list("results", .array(rows.map(Self.json))) : nil,
    ])
  }

  private static func json(_ row: Row) -> JSONValue {
    .fields([
      ("line", .count(row.line)), ("rank", row.rank.map(JSONValue.count) ?? .null),
      (
        "best", .array(row.best.map { .string(String(decoding: $0, as: UTF8.self)) })
      ),
    ])
  }
}
