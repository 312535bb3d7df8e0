// Several models beside each other.
import Models
import Reporting
import Training

/// What is told of a model that has been measured: the model itself need not stay in memory.
struct EvaluatedModel {
  let note: EvaluationStart.Note
  let windowLength: Int
  let result: EvaluationResult

  init(_ start: EvaluationStart, _ result: EvaluationResult) {
    note = start.note
    windowLength = start.windows.windowLength
    self.result = result
  }
}

/// A row a model. Bits per byte compare models whatever their tokenizers.
struct EvaluationTable {
  let rows: [EvaluatedModel]

  var text: String {
    let lossy = rows.compactMap { row in
      row.note.unknownShare.map {
        "\(row.note.checkpoint): the tokenizer changes text, and \(NumberText.fixed(100 * $0, 1)) % "
          + "of its tokens are unknown words: its bits per byte leave out what that loses"
      }
    }
    return ([table] + lossy + (differentTexts.map { [$0] } ?? [])).joined(separator: "\n")
  }

  /// Without --data each model is measured on its own run's text.
  private var differentTexts: String? {
    let texts = rows.map(\.note.data)
    guard texts.contains(where: { $0 != texts[0] }) else { return nil }
    return
      "these are losses on different texts, which do not compare (\(texts.joined(separator: "; "))): "
      + "name one with --data"
  }

  /// Names of checkpoints stand below their numbers: the widest terminal would not hold some.
  private var table: String {
    let lines = TextTable(
      [
        .init("tokenizer", .text), .init("size"), .init("tokens"), .init("loss"),
        .init("perplexity"), .init("bits/byte"),
      ],
      rows.map { row in
        [
          row.note.tokenizer, NumberText.fixed(Double(row.note.parameterCount) / 1e6, 1) + " M",
          NumberText.grouped(row.result.tokenCount), NumberText.fixed(row.result.loss, 4),
          NumberText.perplexity(row.result.perplexity),
          NumberText.fixed(row.result.bitsPerByte, 4),
        ]
      }
    ).text(columns: StandardOutput.columns).split(separator: "\n")
    return
      ([String(lines[0])] + zip(lines.dropFirst(), rows).map { "\($0)\n  \($1.note.checkpoint)" })
      .joined(separator: "\n")
  }
}
