// Which part of the text a training sample is.

/// Maps a sample's number to a window of the text, as a pure function of (seed, number): every
/// rank computes its own share, and a resumed run needs to remember nothing but the step.
package struct WindowSampler: Sendable {
  package enum Order: String, Sendable, CaseIterable {
    /// Every window once an epoch, shuffled anew in each.
    case permutation
    /// Drawn uniformly with replacement: of a joined text windows at any place, as in nanoGPT, of
    /// one by documents any of its windows.
    case random
  }

  package let layout: WindowLayout
  package let order: Order
  private let tokenCount: Int
  private let documents: WindowLayout.Documents
  private let seed: UInt64

  /// - Parameter stride: tokens between the starts of windows; nil for windows side by side.
  /// - Throws: `CorpusError.tooFewTokens`, `.stride`
  package init(
    _ tokens: TokenSequence, windowLength: Int, stride: Int? = nil,
    documents: WindowLayout.Documents = .join, seed: UInt64, order: Order
  ) throws(CorpusError) {
    layout = try WindowLayout(
      tokens, windowLength: windowLength, stride: stride, documents: documents)
    tokenCount = tokens.count
    self.documents = documents
    self.seed = seed
    self.order = order
  }

  package var windowLength: Int { layout.windowLength }
  /// One epoch is this many samples.
  package var windowCount: Int { layout.count }

  /// Input tokens of sample `globalIndex`, counted over all ranks and epochs from 0.
  /// Targets are the inputs shifted by one.
  package func window(at globalIndex: Int) -> Range<Int> {
    switch order {
    case .permutation:
      let (epoch, place) = globalIndex.quotientAndRemainder(dividingBy: windowCount)
      return layout[Permutation(count: windowCount, seed: seed, epoch: epoch)[place]]
    case .random where documents == .join:
      let start = Self.randomStart(
        globalIndex, tokenCount: tokenCount, windowLength: windowLength, seed: seed)
      return start..<start + windowLength
    case .random:
      let draw = SplitMix64.hash(seed, UInt64(truncatingIfNeeded: globalIndex))
      return layout[SplitMix64.scale(draw, below: windowCount)]
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
