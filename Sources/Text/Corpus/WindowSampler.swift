// Which part of the text a training sample is.

/// Maps a sample's number to a window of the text, as a pure function of (seed, number): every
/// rank computes its own share, and a resumed run needs to remember nothing but the step.
package struct WindowSampler: Sendable {
  package enum Order: String, Sendable, CaseIterable {
    /// Every window once an epoch, shuffled anew in each.
    case permutation
    /// Starts drawn uniformly with replacement, as in nanoGPT.
    case random
  }

  package let windowLength: Int
  /// Windows that do not overlap; one epoch is this many samples.
  package let windowCount: Int
  package let order: Order
  private let tokenCount: Int
  private let seed: UInt64

  /// A window of `windowLength` inputs needs one token more, the last target.
  /// - Throws: `CorpusError.tooFewTokens`
  package init(
    tokenCount: Int, windowLength: Int, seed: UInt64, order: Order
  ) throws(CorpusError) {
    precondition(windowLength > 0, "a window has at least one token")
    guard tokenCount > windowLength else {
      throw .tooFewTokens(count: tokenCount, needed: windowLength + 1)
    }
    self.tokenCount = tokenCount
    self.windowLength = windowLength
    self.seed = seed
    self.order = order
    windowCount = (tokenCount - 1) / windowLength
  }

  /// First input token of sample `globalIndex`, counted over all ranks and epochs from 0.
  /// Targets are the inputs shifted by one.
  package func window(at globalIndex: Int) -> Int {
    switch order {
    case .permutation:
      let (epoch, place) = globalIndex.quotientAndRemainder(dividingBy: windowCount)
      return Permutation(count: windowCount, seed: seed, epoch: epoch)[place] * windowLength
    case .random:
      return Self.randomStart(
        globalIndex, tokenCount: tokenCount, windowLength: windowLength, seed: seed)
    }
  }

  /// Uniform over all starts at which a window and its last target fit.
  static func randomStart(
    _ index: Int, tokenCount: Int, windowLength: Int, seed: UInt64
  ) -> Int {
    SplitMix64.scale(
      SplitMix64.hash(seed, UInt64(truncatingIfNeeded: index)), below: tokenCount - windowLength)
  }
}
