// Several models beside each other.
import Models
import Reporting
import Training

/// A row a model. Bits per byte compare models whatever their tokenizers.
struct EvaluationTable {
  private let rows: [(note: EvaluationStart.Note, result: EvaluationResult)]

  init(_ rows: [(EvaluationStart.Note, EvaluationResult)]) {
    self.rows = rows.map { (note: $0.0, result: $0.1) }
  }

  var text: String {
    let lossy = rows.compactMap { row in
      row.note.unknownShare.map {
        "\(row.note.checkpoint): the tokenizer changes text, and \(NumberText.fixed(100 * $0, 1)) % "
          + "of its tokens are unknown words: its bits per byte leave out what that loses"
      }
    }
    return ([table] + lossy).joined(separator: "\n")
  }

  private var table: String {
    let head = [
      "tokenizer", "parameters", "tokens", "loss", "perplexity", "bits/byte", "checkpoint",
    ]
    let cells = rows.map { note, result in
      [
        note.tokenizer, NumberText.grouped(note.parameterCount),
        NumberText.grouped(result.tokenCount), NumberText.fixed(result.loss, 4),
        NumberText.perplexity(result.perplexity), NumberText.fixed(result.bitsPerByte, 4),
        note.checkpoint,
      ]
    }
    let widths = head.indices.map { column in
      ([head] + cells).map { $0[column].count }.max() ?? 0
    }
    return ([head] + cells).map { line in
      line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        // Names to the left, numbers to the right.
        if column == 0 { return cell + space }
        return column == line.count - 1 ? cell : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
