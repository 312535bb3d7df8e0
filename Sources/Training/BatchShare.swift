// How a global batch is divided among ranks and passes.

/// Sequences of the global batch: how many each rank takes, and how many one pass takes.
package struct BatchShare: Sendable, Equatable {
  /// Sequences of one rank in a step.
  package let perRank: Int
  /// Sequences of one forward and backward pass; divides `perRank`.
  package let micro: Int

  package init(perRank: Int, micro: Int) {
    precondition(perRank > 0 && micro > 0 && perRank % micro == 0, "\(perRank) by \(micro)")
    self.perRank = perRank
    self.micro = micro
  }
}
