// What n-gram models reach on a text: something to compare a model's loss with.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Losses of n-gram models of the orders 1 to 6, counted on one text and measured on another.
///
/// Counts run over document ends, as a model's windows do. Every token of the validation text but
/// the first is scored, as `EvaluationWindows` does it; what precedes it there is its history, and
/// nothing before the text's start. A history that never occurred in training, or that the start of
/// the validation text cuts short, tells an n-gram model nothing: interpolation then leaves the
/// shorter history's probability, and add-one smoothing 1/V.
package struct NGramLosses: Sendable, Equatable {
  /// Mean losses in nats per token of the models that see `order - 1` tokens of history.
  package struct Order: Sendable, Equatable {
    package let order: Int
    /// (c(hw) + 1) / (c(h) + V)
    package let addOne: Double
    /// (c(hw) + T(h) p(w|h')) / (c(h) + T(h)), where T(h) is how many tokens were seen after h, h'
    /// is h without its first token, and below order 1 stands 1/V (Witten and Bell 1991, method C;
    /// interpolated as in Chen and Goodman 1998, section 2.5).
    package let wittenBell: Double
  }

  package static let maximumOrder = 6
  /// Training tokens that are counted at most, the first ones: they take 12 bytes each.
  package static let trainingTokenLimit = 20_000_000
  /// Validation tokens that are looked up together; they take about 60 bytes each.
  package static let blockLength = 1 << 21

  package let orders: [Order]
  /// Training tokens that were counted.
  package let trainingTokenCount: Int
  /// Training tokens that there are.
  package let availableTrainingTokenCount: Int
  package let scoredTokenCount: Int

  /// - Throws: `CorpusError.tooShortValidation` below two tokens.
  package init(
    training: TokenSequence, validation: TokenSequence, vocabularySize: Int,
    trainingTokenLimit: Int = Self.trainingTokenLimit, blockLength: Int = Self.blockLength
  ) throws(CorpusError) {
    guard validation.count >= 2 else {
      throw .tooShortValidation(count: validation.count, needed: 2)
    }
    let length = Self.maximumOrder
    availableTrainingTokenCount = training.count
    trainingTokenCount = min(training.count, trainingTokenLimit)
    scoredTokenCount = validation.count - 1
    let counted = try SortedPositions(
      training, 0..<trainingTokenCount, vocabularySize: vocabularySize, length: length)
    var sums = [NGramPass.Losses](repeating: .init(), count: length)
    for first in stride(from: 1, to: validation.count, by: blockLength) {
      let targets = first..<min(first + blockLength, validation.count)
      var pass = try NGramPass(
        training: counted, validation: validation, targets: targets,
        vocabularySize: vocabularySize, length: length)
      for index in sums.indices { sums[index] += pass.advance() }
    }
    let count = Double(scoredTokenCount)
    orders = sums.enumerated().map { index, sum in
      Order(order: index + 1, addOne: sum.addOne / count, wittenBell: sum.wittenBell / count)
    }
  }

  /// Bits per byte of a mean loss over the scored tokens.
  /// - Parameter byteCount: bytes of text that the scored tokens stand for.
  package func bitsPerByte(_ loss: Double, byteCount: Int) -> Double {
    loss * Double(scoredTokenCount) / log(2) / Double(byteCount)
  }

  /// Of the best model in the table.
  package var best: (order: Int, loss: Double) {
    orders.reduce((order: 0, loss: .infinity)) { best, row in
      let loss = min(row.addOne, row.wittenBell)
      return loss < best.loss ? (row.order, loss) : best
    }
  }
}
