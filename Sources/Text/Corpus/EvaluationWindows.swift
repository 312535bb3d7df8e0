// Which windows a text is evaluated on, and which of their targets count.

/// The windows of one evaluation protocol over one text.
package struct EvaluationWindows: Sendable {
  package enum Layout: Sendable, Equatable {
    /// Side by side: every token but the first is a target exactly once.
    case adjacent
    /// Windows `stride` tokens apart: the first scores all its targets, later ones only those that
    /// no window before has scored, so that these have at least `windowLength - stride` tokens of
    /// context. Also scores every token but the first exactly once.
    case strided(Int)
    /// Side by side within each document: every token but a document's first is a target once.
    case documents
    /// `count` windows at random places, all targets scored, as nanoGPT estimates its losses.
    case random(count: Int, seed: UInt64)
  }

  package let windowLength: Int
  package let layout: Layout
  /// Number of windows.
  package let count: Int
  private let tokens: TokenSequence
  private var documentWindows: WindowLayout?

  /// - Throws: `CorpusError.tooFewTokens` below two tokens, or for random windows where not even
  ///   one fits; `CorpusError.stride` for a stride outside 1...windowLength.
  package init(
    tokens: TokenSequence, windowLength: Int, layout: Layout
  ) throws(CorpusError) {
    precondition(windowLength > 0, "a window has at least one token")
    let needed: Int
    if case .random = layout { needed = windowLength + 1 } else { needed = 2 }
    guard tokens.count >= needed else {
      throw .tooFewTokens(count: tokens.count, needed: needed)
    }
    self.tokens = tokens
    self.windowLength = windowLength
    self.layout = layout
    switch layout {
    case .random(let count, _):
      precondition(count > 0, "an evaluation has at least one window")
      self.count = count
    case .strided(let stride) where stride < 1 || stride > windowLength:
      throw .stride(stride, windowLength: windowLength)
    case .documents:
      let windows = try WindowLayout(tokens, windowLength: windowLength, documents: .pad)
      documentWindows = windows
      count = windows.count
    case .adjacent, .strided:
      let rest = max(tokens.count - 1 - windowLength, 0)
      let stride = Self.stride(layout, windowLength)
      count = 1 + (rest + stride - 1) / stride
    }
  }

  /// Fills the first rows of `batch` with the windows `range`; rows left over, the end of a window
  /// that the text cuts short and targets scored elsewhere are ignored. Allocates nothing.
  /// Precondition: the batch is as wide as a window and has rows enough.
  package func fill(
    _ batch: inout Batch, windows range: Range<Int>
  ) throws(CorpusError) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count && range.count <= batch.rows
        && batch.columns == windowLength,
      "windows \(range) of \(count) do not fit \(batch.rows)×\(batch.columns)")
    batch.clear()
    for (row, index) in range.enumerated() {
      if let documentWindows {
        let window = documentWindows[index]
        try batch.fill(
          row: row, from: tokens, window: window,
          scored: window.lowerBound + 1..<window.upperBound + 1)
        continue
      }
      let start = start(of: index)
      let end = min(start + windowLength, tokens.count - 1)
      try batch.fill(
        row: row, from: tokens, window: start..<end, scored: firstScored(index, start)..<end + 1)
    }
  }

  /// Where in the text the first target of window `index` stands; the others follow it.
  package func firstTarget(of index: Int) -> Int {
    (documentWindows.map { $0[index].lowerBound } ?? start(of: index)) + 1
  }

  private func start(of index: Int) -> Int {
    if case .random(_, let seed) = layout {
      return WindowSampler.randomStart(
        index, tokenCount: tokens.count, windowLength: windowLength, seed: seed)
    }
    return index * Self.stride(layout, windowLength)
  }

  /// First target, as a position in the text, that window `index` scores.
  private func firstScored(_ index: Int, _ start: Int) -> Int {
    if case .random = layout { return start + 1 }
    return index == 0 ? 1 : start + 1 + windowLength - Self.stride(layout, windowLength)
  }

  private static func stride(_ layout: Layout, _ windowLength: Int) -> Int {
    if case .strided(let stride) = layout { return stride }
    return windowLength
  }
}
