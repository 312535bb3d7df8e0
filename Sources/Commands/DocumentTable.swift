// A model's loss on each document of a text.
import Reporting
import Text
import Training

struct DocumentTable {
  private struct Row {
    /// From 1.
    let number: Int
    let beginning: [UInt8]
    let result: EvaluationResult
  }

  private let rows: [Row]

  /// Tokens of which a document's beginning is shown.
  private static let beginningLength = 24
  /// Rows of a table that is not cut, and of each part of one that is.
  private static let mostRows = 40
  private static let cutRows = 10

  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  init(_ results: [EvaluationResult], _ start: EvaluationStart) throws {
    rows = try results.enumerated().map { index, result in
      let range = start.documents.range(index)
      var tokens = [Int32](repeating: 0, count: min(range.count, Self.beginningLength))
      try start.tokens.copy(
        range.lowerBound..<range.lowerBound + tokens.count, into: &tokens, at: 0)
      // What ends a document is not in it.
      if let end = start.tokenizer?.endOfText, tokens.last == end { tokens.removeLast() }
      return Row(
        number: index + 1, beginning: start.tokenizer?.decode(tokens) ?? [], result: result)
    }
  }

  /// All documents, or of many those with the highest and the lowest losses.
  func text(columns: Int) -> String {
    let scored = rows.filter { $0.result.tokenCount > 0 }
    if scored.count <= Self.mostRows { return table(scored, columns) }
    let order = scored.sorted {
      $0.result.loss != $1.result.loss
        ? $0.result.loss > $1.result.loss : $0.number < $1.number
    }
    return "the \(Self.cutRows) highest of \(NumberText.grouped(rows.count)) documents\n"
      + table(Array(order.prefix(Self.cutRows)), columns) + "\n\nthe \(Self.cutRows) lowest\n"
      + table(order.suffix(Self.cutRows), columns)
  }

  private func table(_ rows: [Row], _ columns: Int) -> String {
    TextTable(
      [
        .init("document"), .init("begins", .text), .init("tokens"), .init("loss"),
        .init("perplexity"),
      ],
      rows.map { row in
        [
          NumberText.grouped(row.number), ReadableText.quoted(row.beginning),
          NumberText.grouped(row.result.tokenCount), NumberText.fixed(row.result.loss, 4),
          Self.perplexity(row.result.perplexity),
        ]
      }
    ).text(columns: columns)
  }

  private static func perplexity(_ value: Double) -> String {
    value < 100 ? NumberText.fixed(value, 3) : NumberText.perplexity(value)
  }

  var json: JSONValue {
    .array(
      rows.map { row in
        let isScored = row.result.tokenCount > 0
        return .fields([
          ("document", .count(row.number)),
          ("begins", .string(String(decoding: row.beginning, as: UTF8.self))),
          ("loss", isScored ? .number(row.result.loss) : .null),
          ("perplexity", isScored ? .number(row.result.perplexity) : .null),
          ("tokens", .count(row.result.tokenCount)), ("bytes", .count(row.result.byteCount)),
        ])
      })
  }
}

extension EvaluationResult {
  /// Of all documents together.
  init(_ documents: [EvaluationResult]) {
    self.init(
      lossTotal: documents.reduce(0) { $0 + $1.lossTotal },
      tokenCount: documents.reduce(0) { $0 + $1.tokenCount },
      byteCount: documents.reduce(0) { $0 + $1.byteCount })
  }
}
