// Loss document by document.
import Communication
import Models
import Text

/// Where the documents of a text are that is evaluated window by window.
package struct DocumentPlaces {
  private let windows: EvaluationWindows
  private let tokens: TokenSequence
  /// A text may end within a document.
  package let count: Int

  package init(_ windows: EvaluationWindows, _ tokens: TokenSequence) {
    self.windows = windows
    self.tokens = tokens
    let marked = tokens.documentCount
    let end = marked == 0 ? 0 : tokens.documentEnd(marked - 1)
    count = end < tokens.count ? marked + 1 : marked
  }

  /// The tokens of document `index`, with the one that ends it.
  package func range(_ index: Int) -> Range<Int> {
    let end = index < tokens.documentCount ? tokens.documentEnd(index) : tokens.count
    return (index == 0 ? 0 : tokens.documentEnd(index - 1))..<end
  }

  /// The document of each target of a window's row, in their order.
  func documents(window: Int, columns: Int) -> [Int] {
    let first = windows.firstTarget(of: window)
    var document = document(of: first)
    return (first..<first + columns).map { place in
      while document + 1 < count, place >= range(document).upperBound { document += 1 }
      return document
    }
  }

  private func document(of place: Int) -> Int {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if range(middle).upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Evaluator {
  /// As `evaluate`, with a result for each document; one of which no token is scored has 0 tokens.
  /// Collective.
  /// - Parameter losses: the loss of every target of a batch, 0 for ignored ones.
  package func evaluateDocuments(
    _ set: EvaluationSet, _ places: DocumentPlaces, losses: (TokenBatch) -> [Float],
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [EvaluationResult] {
    // Loss, tokens and bytes of each.
    var sums = [Double](repeating: 0, count: 3 * places.count)
    try forEachBatch(of: set, progress: progress) { batch, firstWindow in
      let losses = losses(batch)
      for row in 0..<min(batch.rows, set.windowCount - firstWindow) {
        let documents = places.documents(window: firstWindow + row, columns: batch.columns)
        for (column, document) in documents.enumerated() {
          let target = batch.targets[row * batch.columns + column]
          if target == TokenBatch.ignoredTarget { continue }
          sums[3 * document] += Double(losses[row * batch.columns + column])
          sums[3 * document + 1] += 1
          sums[3 * document + 2] += set.bytesPerToken[Int(target)]
        }
      }
    }
    let totals = try communicator.sum(sums)
    return (0..<places.count).map { document in
      EvaluationResult(
        lossTotal: totals[3 * document], tokenCount: Int(totals[3 * document + 1]),
        byteCount: Int(totals[3 * document + 2].rounded()))
    }
  }
}
