// Which targets an evaluation scores.
import Testing
import Text

@Suite struct SamplerEvaluationTests {
  /// How often each position of a text of `count` tokens is a target, read `rows` windows at a time.
  private func scores(
    _ count: Int, windowLength: Int, _ layout: EvaluationWindows.Layout, rows: Int = 3
  ) throws -> [Int] {
    let tokens = TokenSequence((0..<count).map { Int32($0) }, vocabularySize: count)
    let windows = try EvaluationWindows(
      tokens: tokens, windowLength: windowLength, layout: layout)
    var scores = [Int](repeating: 0, count: count)
    var batch = Batch(rows: rows, columns: windowLength)
    for first in stride(from: 0, to: windows.count, by: rows) {
      try windows.fill(&batch, windows: first..<min(first + rows, windows.count))
      for (input, target) in zip(batch.inputs, batch.targets)
      where target != Batch.ignoredTarget {
        #expect(target == input + 1)
        scores[Int(target)] += 1
      }
    }
    return scores
  }

  @Test(arguments: [2, 3, 8, 9, 10, 16, 17, 18, 50], [1, 2, 3, 4])
  func adjacentWindowsScoreEveryTokenButTheFirstOnce(_ count: Int, _ rows: Int) throws {
    let scores = try scores(count, windowLength: 8, .adjacent, rows: rows)
    #expect(scores == [0] + Array(repeating: 1, count: count - 1))
  }

  @Test(arguments: 1...8, [2, 8, 9, 10, 30, 33])
  func stridedWindowsScoreEveryTokenButTheFirstOnce(_ stride: Int, _ count: Int) throws {
    let scores = try scores(count, windowLength: 8, .strided(stride), rows: 2)
    #expect(scores == [0] + Array(repeating: 1, count: count - 1))
  }

  @Test func stridedTargetsHaveContext() throws {
    let tokens = TokenSequence((0..<40).map { Int32($0) }, vocabularySize: 40)
    let windows = try EvaluationWindows(tokens: tokens, windowLength: 8, layout: .strided(3))
    var batch = Batch(rows: 1, columns: 8)
    for index in 1..<windows.count {
      try windows.fill(&batch, windows: index..<index + 1)
      #expect(batch.targets.firstIndex { $0 >= 0 } == 5)
    }
  }

  @Test func randomWindowsAreFixedByTheirSeed() throws {
    let layout = EvaluationWindows.Layout.random(count: 20, seed: 5)
    let scores = try scores(60, windowLength: 8, layout)
    #expect(scores.reduce(0, +) == 160)
    #expect(try scores == self.scores(60, windowLength: 8, layout, rows: 4))
    #expect(try scores != self.scores(60, windowLength: 8, .random(count: 20, seed: 6)))
  }

  @Test func whatCannotBeEvaluatedIsRefused() {
    let one = TokenSequence([0], vocabularySize: 2)
    #expect(throws: CorpusError.tooFewTokens(count: 1, needed: 2)) {
      try EvaluationWindows(tokens: one, windowLength: 8, layout: .adjacent)
    }
    let five = TokenSequence([0, 1, 0, 1, 0], vocabularySize: 2)
    #expect(throws: CorpusError.tooFewTokens(count: 5, needed: 9)) {
      try EvaluationWindows(tokens: five, windowLength: 8, layout: .random(count: 1, seed: 1))
    }
    for stride in [0, 9, -1] {
      #expect(throws: CorpusError.stride(stride, windowLength: 8)) {
        try EvaluationWindows(tokens: five, windowLength: 8, layout: .strided(stride))
      }
    }
  }
}
