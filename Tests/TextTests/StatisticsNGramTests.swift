// N-gram losses against counts by hand, and against a slow and obvious count.
import FoundationEssentials
import Testing
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct StatisticsNGramTests {
  private func sequence(_ tokens: [Int32], _ size: Int) -> TokenSequence {
    TokenSequence(tokens, vocabularySize: size)
  }

  private static func meanLoss(_ probabilities: [Double]) -> Double {
    -log(probabilities[0] * probabilities[1]) / 2
  }

  /// Trained on a b a b a c, measured on b and c of a b c.
  @Test func threeTokensByHand() throws {
    let losses = try NGramLosses(
      training: sequence([0, 1, 0, 1, 0, 2], 3), validation: sequence([0, 1, 2], 3),
      vocabularySize: 3)
    #expect(losses.trainingTokenCount == 6 && losses.scoredTokenCount == 2)
    // Order 1: 6 tokens of 3 types; b twice, c once. Order 2: a goes on as b, b, c; b as a, a.
    // Order 3: only c has a whole history, ab, which goes on as a, a. Order 4: none has.
    let wittenBell: [[Double]] = [[1 / 3, 2 / 9], [8 / 15, 2 / 27], [8 / 15, 2 / 81]]
    let addOne: [[Double]] = [[1 / 3, 2 / 9], [1 / 2, 1 / 5], [1 / 3, 1 / 5], [1 / 3, 1 / 3]]
    for row in losses.orders {
      let interpolated = wittenBell[min(row.order, wittenBell.count) - 1]
      let smoothed = addOne[min(row.order, addOne.count) - 1]
      #expect(abs(row.wittenBell - Self.meanLoss(interpolated)) < 1e-14)
      #expect(abs(row.addOne - Self.meanLoss(smoothed)) < 1e-14)
    }
    #expect(losses.orders.map(\.order) == [1, 2, 3, 4, 5, 6])
    // Two tokens that stand for four bytes.
    #expect(abs(losses.bitsPerByte(log(2), byteCount: 4) - 0.5) < 1e-14)
  }

  @Test(arguments: [(2, 400, 300), (5, 1_000, 333), (300, 500, 200), (7, 3, 50), (4, 0, 9)])
  func sameAsTheDefinition(_ size: Int, _ trainingCount: Int, _ validationCount: Int) throws {
    var state = UInt32(size)
    func next() -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 16) % size
    }
    func tokens(_ count: Int) -> [Int32] {
      // Low tokens more often, so that long histories come back.
      (0..<count).map { _ in Int32(min(next(), next())) }
    }
    let (training, validation) = (tokens(trainingCount), tokens(validationCount))
    for blockLength in [1, 10, 1_000] {
      let losses = try NGramLosses(
        training: sequence(training, size), validation: sequence(validation, size),
        vocabularySize: size, blockLength: blockLength)
      for row in losses.orders {
        let naive = NaiveNGrams(training, validation, size, order: row.order)
        #expect(abs(row.addOne - naive.addOne) < 1e-12 * naive.addOne)
        #expect(abs(row.wittenBell - naive.wittenBell) < 1e-12 * naive.wittenBell)
      }
    }
  }

  @Test func noMoreTokensAreCountedThanAllowed() throws {
    let training: [Int32] = [0, 1, 2, 0, 1, 2, 1, 1, 1]
    let validation = sequence([0, 1, 2, 1], 3)
    let limited = try NGramLosses(
      training: sequence(training, 3), validation: validation, vocabularySize: 3,
      trainingTokenLimit: 6)
    let short = try NGramLosses(
      training: sequence(Array(training.prefix(6)), 3), validation: validation, vocabularySize: 3)
    #expect(limited.orders == short.orders && limited.trainingTokenCount == 6)
    #expect(limited.availableTrainingTokenCount == 9)
  }

  @Test func oneTokenIsTooShort() {
    #expect(throws: CorpusError.tooShortValidation(count: 1, needed: 2)) {
      try NGramLosses(
        training: sequence([0, 1], 2), validation: sequence([0], 2), vocabularySize: 2)
    }
  }

  private static let cache = ProcessInfo.processInfo.environment["TRAINER_CACHE"]

  /// Needs shakespeare/input.txt in the cache folder that TRAINER_CACHE names;
  /// `trainer --config micro.json` downloads it.
  @Test(
    .enabled(
      if: cache.map { FileManager.default.fileExists(atPath: $0 + "/shakespeare/input.txt") }
        ?? false, "TRAINER_CACHE lacks shakespeare/input.txt"))
  func shakespeareAsPublished() throws {
    let corpus = try CorpusBuilder(
      environment: ["TRAINER_CACHE": Self.cache ?? "", "TRAINER_OFFLINE": "1"]
    ).build(.shakespeare)
    let tokenizer = try CharacterTokenizer(text: corpus.training.bytes + corpus.validation.bytes)
    let losses = try NGramLosses(
      training: sequence(tokenizer.encode(corpus.training.bytes), 65),
      validation: sequence(tokenizer.encode(corpus.validation.bytes), 65), vocabularySize: 65)
    #expect(abs(losses.orders[0].addOne - 3.347) < 0.0005)
    #expect(abs(losses.orders[1].addOne - 2.482) < 0.0005)
    #expect(abs(losses.orders[3].wittenBell - 1.774) < 0.0005)
    #expect(abs(losses.orders[4].wittenBell - 1.669) < 0.0005)
    #expect(abs(losses.orders[5].wittenBell - 1.698) < 0.0005)
    #expect(losses.best.order == 5)
  }
}

/// The definitions, token by token.
private struct NaiveNGrams {
  var addOne = 0.0
  var wittenBell = 0.0
  private let followers: [[Int32]: [Int32]]
  private let size: Int

  init(_ training: [Int32], _ validation: [Int32], _ size: Int, order: Int) {
    self.size = size
    var followers: [[Int32]: [Int32]] = [:]
    for position in training.indices {
      for length in 0..<min(order, position + 1) {
        followers[Array(training[position - length..<position]), default: []]
          .append(training[position])
      }
    }
    self.followers = followers
    for position in 1..<validation.count {
      let history = Array(validation[max(0, position - order + 1)..<position])
      let token = validation[position]
      wittenBell -= log(interpolated(token, history[...]))
      let seen = history.count == order - 1 ? followers[history] ?? [] : []
      addOne -= log(Double(seen.count { $0 == token } + 1) / Double(seen.count + size))
    }
    addOne /= Double(validation.count - 1)
    wittenBell /= Double(validation.count - 1)
  }

  private func interpolated(_ token: Int32, _ history: ArraySlice<Int32>) -> Double {
    let shorter =
      history.isEmpty ? 1 / Double(size) : interpolated(token, history.dropFirst())
    guard let seen = followers[Array(history)] else { return shorter }
    let types = Double(Set(seen).count)
    return (Double(seen.count { $0 == token }) + types * shorter) / (Double(seen.count) + types)
  }
}
