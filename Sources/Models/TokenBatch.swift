// What a model is given: token ids, and the ids that should follow them.

/// `rows` sequences of `columns` tokens.
package struct TokenBatch: Sendable {
  /// Targets that do not count: padding, and tokens that are context only.
  package static let ignoredTarget: Int32 = -1

  package let rows: Int
  package let columns: Int
  /// Row-major, rows × columns.
  package let inputs: [Int32]
  /// The token after each input, or `ignoredTarget`.
  package let targets: [Int32]

  package init(rows: Int, columns: Int, inputs: [Int32], targets: [Int32]) {
    precondition(
      inputs.count == rows * columns && targets.count == inputs.count,
      "\(inputs.count) inputs and \(targets.count) targets are not \(rows)×\(columns)")
    self.rows = rows
    self.columns = columns
    self.inputs = inputs
    self.targets = targets
  }

  /// One sequence without targets.
  package init(context tokens: [Int32]) {
    self.init(
      rows: 1, columns: tokens.count, inputs: tokens,
      targets: [Int32](repeating: Self.ignoredTarget, count: tokens.count))
  }

  /// Number of targets that count.
  package var targetCount: Int { targets.count { $0 != Self.ignoredTarget } }
}

/// Losses are summed and divided once, by the token count over all ranks: a mean of means would be
/// wrong when ranks hold different numbers of targets.
package struct LossSum: Sendable, Equatable {
  /// Σ of -log p(target), in nats.
  package var total: Double
  package var tokenCount: Int

  package init(total: Double = 0, tokenCount: Int = 0) {
    self.total = total
    self.tokenCount = tokenCount
  }

  package static func += (sum: inout LossSum, other: LossSum) {
    sum.total += other.total
    sum.tokenCount += other.tokenCount
  }
}
