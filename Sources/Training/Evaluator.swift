// Loss over a set of windows, shared out among the ranks.
import Communication
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Windows to evaluate on, and how many bytes of text each token stands for.
package struct EvaluationSet {
  package let windowCount: Int
  /// Tokens of a window.
  package let windowLength: Int
  /// The windows of a range, one a row of a batch of so many rows; targets that do not count, and
  /// those of rows left over, are ignored ones.
  package let windows: (_ range: Range<Int>, _ rows: Int) throws -> TokenBatch
  /// Bytes of text that each token stands for, by id.
  package let bytesPerToken: [Double]

  package init(
    windowCount: Int, windowLength: Int, bytesPerToken: [Double],
    windows: @escaping (_ range: Range<Int>, _ rows: Int) throws -> TokenBatch
  ) {
    self.windowCount = windowCount
    self.windowLength = windowLength
    self.windows = windows
    self.bytesPerToken = bytesPerToken
  }
}

/// A model's loss on a text.
package struct EvaluationResult: Sendable, Equatable {
  /// Σ of -log p over all scored tokens, in nats.
  package let lossTotal: Double
  package let tokenCount: Int
  /// Bytes of text that the scored tokens stand for.
  package let byteCount: Int

  package init(lossTotal: Double, tokenCount: Int, byteCount: Int) {
    self.lossTotal = lossTotal
    self.tokenCount = tokenCount
    self.byteCount = byteCount
  }

  /// Mean loss per token, in nats.
  package var loss: Double { lossTotal / Double(tokenCount) }
  package var perplexity: Double { exp(loss) }
  package var bitsPerByte: Double { lossTotal / log(2) / Double(byteCount) }
}

/// Evaluates a model with all ranks; any number of them gives the same result up to rounding.
package struct Evaluator {
  private let model: any LanguageModel
  let communicator: any Communicator
  /// Windows of one forward pass.
  private let microBatchSize: Int

  package init(model: any LanguageModel, communicator: any Communicator, microBatchSize: Int) {
    precondition(microBatchSize >= 1, "no window fits a pass of \(microBatchSize)")
    self.model = model
    self.communicator = communicator
    self.microBatchSize = microBatchSize
  }

  /// Collective.
  /// - Parameter progress: told how many of this rank's windows are done, and their number.
  package func evaluate(
    _ set: EvaluationSet, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    guard let result = try evaluate(set, stops: { false }, progress: progress) else {
      preconditionFailure("nobody asked it to stop")
    }
    return result
  }

  /// Collective.
  /// - Parameter stops: asked before every pass, with the same answer on all ranks: whether to give up.
  /// - Returns: nil if `stops` said so.
  package func evaluate(
    _ set: EvaluationSet, stops: () throws -> Bool,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult? {
    var sum = LossSum()
    var byteCount = 0.0
    let isWhole = try forEachBatch(of: set, stops: stops, progress: progress) { batch, _ in
      sum += model.evaluate(batch)
      for target in batch.targets where target != TokenBatch.ignoredTarget {
        byteCount += set.bytesPerToken[Int(target)]
      }
    }
    if !isWhole { return nil }
    let totals = try communicator.sum([sum.total, Double(sum.tokenCount), byteCount])
    return EvaluationResult(
      lossTotal: totals[0], tokenCount: Int(totals[1]), byteCount: Int(totals[2].rounded()))
  }

  /// Hands over this rank's windows, batch after batch, with the number of each batch's first one.
  /// - Returns: whether all of them were, because `stops` never said otherwise.
  @discardableResult
  func forEachBatch(
    of set: EvaluationSet, stops: () throws -> Bool = { false },
    progress: (_ done: Int, _ total: Int) -> Void,
    _ body: (_ batch: TokenBatch, _ firstWindow: Int) throws -> Void
  ) throws -> Bool {
    let own = communicator.ownShare(of: set.windowCount)
    // As many passes on every rank, though one may have a window less: all ask `stops` as often.
    let largestShare = (set.windowCount + communicator.size - 1) / communicator.size
    for start in stride(from: 0, to: largestShare, by: microBatchSize) {
      if try stops() { return false }
      let first = own.lowerBound + start
      let end = min(first + microBatchSize, own.upperBound)
      if first >= end { continue }
      // Always as many rows: every pass has one shape, and its memory is planned once.
      try body(set.windows(first..<end, microBatchSize), first)
      progress(end - own.lowerBound, own.count)
    }
    return true
  }
}
