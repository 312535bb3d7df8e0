// The order of training windows.
import Testing
import Text

@Suite struct SamplerTests {
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 64, 97, 255, 256, 257, 1000, 7919, 65_537])
  func aPermutationHitsEveryPlaceOnce(_ count: Int) {
    let permutation = Permutation(count: count, seed: 1, epoch: 0)
    var hits = [Int](repeating: 0, count: count)
    for index in 0..<count { hits[permutation[index]] += 1 }
    #expect(hits.allSatisfy { $0 == 1 })
  }

  @Test func epochsAndSeedsShuffleDifferently() {
    func order(_ seed: UInt64, _ epoch: Int) -> [Int] {
      let permutation = Permutation(count: 100, seed: seed, epoch: epoch)
      return (0..<100).map { permutation[$0] }
    }
    let orders = Set([order(1, 0), order(1, 1), order(1, 2), order(2, 0), order(2, 1)])
    #expect(orders.count == 5)
    #expect(order(1, 0) != Array(0..<100))
    #expect(order(1, 0) == order(1, 0))
  }

  /// Pearson's chi-square over all (element, place) pairs; 5 standard deviations above its mean is
  /// about one failure in a million for a good shuffle, and seeds are fixed.
  @Test(arguments: [2, 3, 5, 16, 37])
  func everyElementIsEquallyOftenAtEveryPlace(_ count: Int) {
    let epochs = 4000
    var hits = [Int](repeating: 0, count: count * count)
    for epoch in 0..<epochs {
      let permutation = Permutation(count: count, seed: 9, epoch: epoch)
      for index in 0..<count { hits[index * count + permutation[index]] += 1 }
    }
    let expected = Double(epochs) / Double(count)
    let chiSquare = hits.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    let freedom = Double((count - 1) * (count - 1))
    #expect(chiSquare < freedom + 5 * (2 * freedom).squareRoot())
  }

  /// 0, 1, 2, …
  private func tokens(_ count: Int) -> TokenSequence {
    TokenSequence((0..<Int32(count)).map { $0 }, vocabularySize: count)
  }

  @Test(arguments: [1, 2, 3, 4])
  func anEpochHasEveryWindowOnce(_ rows: Int) throws {
    let tokens = tokens(99)
    let sampler = BatchSampler(
      tokens, try WindowSampler(tokens, windowLength: 8, seed: 4, order: .permutation))
    // 12 windows are one epoch; look at the second, in batches with a row to spare.
    #expect(sampler.windows.windowCount == 12)
    var starts: [Int32] = []
    var batch = Batch(rows: rows + 1, columns: 8)
    for first in stride(from: 12, to: 24, by: rows) {
      try sampler.fill(&batch, samples: first..<first + rows)
      for row in 0..<rows {
        let inputs = batch.inputs[row * 8..<row * 8 + 8]
        #expect(batch.targets[row * 8..<row * 8 + 8].elementsEqual(inputs.map { $0 + 1 }))
        starts.append(batch.inputs[row * 8])
      }
      #expect(batch.targets[(rows * 8)...].allSatisfy { $0 == Batch.ignoredTarget })
    }
    #expect(starts.sorted() == (0..<12).map { Int32($0 * 8) })
  }

  @Test func randomWindowsCoverAllStartsEvenly() throws {
    let sampler = try WindowSampler(tokens(15), windowLength: 5, seed: 3, order: .random)
    var hits = [Int](repeating: 0, count: 10)
    for index in 0..<10_000 {
      let window = sampler.window(at: index)
      #expect(window.count == 5)
      hits[window.lowerBound] += 1
    }
    #expect(hits.allSatisfy { abs($0 - 1000) < 150 })
  }

  @Test func aTextWithoutOneWholeWindowSaysHowMuchIsNeeded() throws {
    #expect(throws: CorpusError.tooFewTokens(count: 8, needed: 9)) {
      try WindowSampler(tokens(8), windowLength: 8, seed: 1, order: .permutation)
    }
    let smallest = try WindowSampler(tokens(9), windowLength: 8, seed: 1, order: .random)
    #expect(smallest.window(at: 5) == 0..<8)
  }

  @Test(arguments: [(65_536, 2), (65_537, 4)])
  func tokensSurviveTheWayToAnotherRank(_ vocabularySize: Int, _ width: Int) throws {
    let ids: [Int32] = [0, 1, 255, 256, 65_535, Int32(vocabularySize - 1)]
    let tokens = TokenSequence(ids, documentEnds: [2, 6], vocabularySize: vocabularySize)
    // A byte for the width; the number of documents and their ends; tokens.
    #expect(tokens.bytes.count == 1 + 8 + 2 * 8 + ids.count * width)
    let received = try TokenSequence(bytes: tokens.bytes)
    #expect(received == tokens)
    #expect(received.documentCount == 2)
    #expect((0..<2).map { received.documentEnd($0) } == [2, 6])
    #expect((0..<ids.count).map { received[$0] } == ids)
  }

  private static let noDocuments = [UInt8](repeating: 0, count: 8)

  @Test(
    arguments: [
      [], [2, 1], [3] + noDocuments + [1], [2] + noDocuments + [1],
      [4] + noDocuments + [0, 0, 0, 255], [2, 1] + noDocuments.dropLast(),
      [2] + [UInt8](repeating: 0x7f, count: 8), [2] + [UInt8](repeating: 0xff, count: 8),
      [0] + Array("/absent.tokens".utf8),
    ] as [[UInt8]])
  func malformedTokensAreRefused(_ bytes: [UInt8]) {
    #expect(throws: CorpusError.self) { try TokenSequence(bytes: bytes) }
  }
}
