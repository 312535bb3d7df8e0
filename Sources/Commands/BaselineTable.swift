// The losses of n-gram models as a table, with a model's beside them where there is one.
import Reporting
import Text
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// N-gram models in the units of a model's evaluation.
struct BaselineTable {
  let losses: NGramLosses
  /// Bytes of text that the scored tokens stand for.
  let byteCount: Int

  /// - Parameter model: a model's mean loss over the same tokens.
  func text(model: Double? = nil) -> String {
    let head = ["order", "add-one", "Witten-Bell", "perplexity", "bits/byte"]
    let rows = losses.orders.map { row in
      [
        "\(row.order)", NumberText.fixed(row.addOne, 3), NumberText.fixed(row.wittenBell, 3),
        NumberText.perplexity(exp(row.wittenBell)), bits(row.wittenBell),
      ]
    }
    let last = model.map {
      ["model", "", NumberText.fixed($0, 3), NumberText.perplexity(exp($0)), bits($0)]
    }
    return note + "\n"
      + ([head] + rows + (last.map { [$0] } ?? [])).map { cells in
        zip(cells, [5, 10, 14, 14, 12]).map { " " + $0.indented(toColumns: $1 - 1) }.joined()
      }.joined(separator: "\n")
  }

  var text: String { text() }

  private var note: String {
    let available = losses.availableTrainingTokenCount
    let counted = NumberText.grouped(losses.trainingTokenCount)
    return "n-gram models, nats per token on the validation text\n"
      + (losses.trainingTokenCount < available
        ? "(counted on the first \(counted) of \(NumberText.grouped(available)) tokens)"
        : "(counted on \(counted) tokens)")
  }

  private func bits(_ loss: Double) -> String {
    NumberText.fixed(losses.bitsPerByte(loss, byteCount: byteCount), 3)
  }

  var json: JSONValue {
    .fields([
      ("training_tokens", .count(losses.trainingTokenCount)),
      ("available_training_tokens", .count(losses.availableTrainingTokenCount)),
      ("tokens", .count(losses.scoredTokenCount)),
      ("bytes", .count(byteCount)),
      (
        "orders",
        .array(
          losses.orders.map { row in
            .fields([
              ("order", .count(row.order)), ("add_one_loss", .number(row.addOne)),
              ("witten_bell_loss", .number(row.wittenBell)),
              ("perplexity", .number(exp(row.wittenBell))),
              (
                "bits_per_byte",
                .number(losses.bitsPerByte(row.wittenBell, byteCount: byteCount))
              ),
            ])
          })
      ),
    ])
  }
}
