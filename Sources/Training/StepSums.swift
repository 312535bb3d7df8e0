// What the ranks add up once a step, beside the gradients.

/// Sums over all ranks, sent as one array of doubles.
package struct StepSums: Sendable, Equatable {
  /// Σ of the token losses, in nats.
  package var lossTotal = 0.0
  package var tokenCount = 0.0
  /// Σ of the squares of the summed gradients.
  package var gradientSquares = 0.0
  package var stopRequests = 0.0
  package var saveRequests = 0.0
  /// Above 0 at the place of every rank whose own loss or gradients were not finite.
  package var nonFinite: [Double]

  package init(rankCount: Int) { nonFinite = [Double](repeating: 0, count: rankCount) }

  package init(values: [Double]) {
    lossTotal = values[0]
    tokenCount = values[1]
    gradientSquares = values[2]
    stopRequests = values[3]
    saveRequests = values[4]
    nonFinite = Array(values[5...])
  }

  package var values: [Double] {
    [lossTotal, tokenCount, gradientSquares, stopRequests, saveRequests] + nonFinite
  }

  /// Mean loss per token.
  package var loss: Double { lossTotal / tokenCount }

  /// Norm of the mean gradient.
  package var gradientNorm: Double { gradientSquares.squareRoot() / tokenCount }
}
