// The windows of a text: overlapping, by documents, and over all ranks.
import Testing
import Text

@Suite struct WindowLayoutTests {
  /// 0, 1, 2, …
  private func tokens(_ count: Int, ends: [Int] = []) -> TokenSequence {
    TokenSequence((0..<Int32(count)).map { $0 }, documentEnds: ends, vocabularySize: max(1, count))
  }

  /// Lengths of documents with all that is special: none, one token, one window, one more.
  private static let lengths = [5, 1, 0, 2, 8, 9, 10, 17, 1, 30, 3]
  private static var ends: [Int] {
    var sum = 0
    return lengths.map { length in
      sum += length
      return sum
    }
  }

  private func windows(_ layout: WindowLayout) -> [Range<Int>] {
    (0..<layout.count).map { layout[$0] }
  }

  @Test func windowsStandAtTheirStride() throws {
    let side = try WindowLayout(tokens(20), windowLength: 6)
    #expect(windows(side) == [0..<6, 6..<12, 12..<18])
    let overlapping = try WindowLayout(tokens(20), windowLength: 6, stride: 4)
    #expect(windows(overlapping) == [0..<6, 4..<10, 8..<14, 12..<18])
    #expect(try WindowLayout(tokens(20), windowLength: 6, stride: 1).count == 14)
    // 19 inputs have a target, 18 do not need the last.
    #expect(try WindowLayout(tokens(19), windowLength: 6).count == 3)
    #expect(try WindowLayout(tokens(18), windowLength: 6).count == 2)
    #expect(try windows(WindowLayout(tokens(7), windowLength: 6, stride: 3)) == [0..<6])
  }

  @Test func documentsAreNotJoined() throws {
    let text = tokens(24, ends: [3, 4, 14, 24])
    let layout = try WindowLayout(text, windowLength: 4, documents: .pad)
    #expect(windows(layout) == [0..<2, 4..<8, 8..<12, 12..<13, 14..<18, 18..<22, 22..<23])
    let overlapping = try WindowLayout(text, windowLength: 4, stride: 3, documents: .pad)
    #expect(windows(overlapping) == [0..<2, 4..<8, 7..<11, 10..<13, 14..<18, 17..<21, 20..<23])
  }

  /// What is behind the last document is one, too; no document at all is one.
  @Test func aTextMayEndWithinADocument() throws {
    #expect(
      try windows(WindowLayout(tokens(9, ends: [3]), windowLength: 4, documents: .pad))
        == [0..<2, 3..<7, 7..<8])
    #expect(
      try windows(WindowLayout(tokens(6), windowLength: 4, documents: .pad)) == [0..<4, 4..<5])
  }

  /// More documents than stand in one entry of the table.
  @Test(arguments: [3, 8])
  func manyDocumentsAreFound(_ stride: Int) throws {
    let lengths = (0..<1_000).map { $0 % 100 < 70 ? $0 % 2 : $0 % 23 }
    var ends: [Int] = []
    for length in lengths { ends.append((ends.last ?? 0) + length) }
    let text = tokens(ends.last ?? 0, ends: ends)
    let layout = try WindowLayout(text, windowLength: 8, stride: stride, documents: .pad)
    var expected: [Range<Int>] = []
    for (length, end) in zip(lengths, ends) where length > 1 {
      var start = end - length
      while true {
        expected.append(start..<min(start + 8, end - 1))
        if start + 8 >= end - 1 { break }
        start += stride
      }
    }
    let agrees = windows(layout) == expected
    #expect(agrees)
  }

  @Test func shortRowsIgnoreTheirRest() throws {
    let text = tokens(6, ends: [3, 6])
    let sampler = BatchSampler(
      text,
      try WindowSampler(text, windowLength: 4, documents: .pad, seed: 1, order: .permutation))
    var batch = Batch(rows: 2, columns: 4)
    // A batch that was full before.
    try BatchSampler(
      tokens(9), WindowSampler(tokens(9), windowLength: 4, seed: 1, order: .permutation)
    ).fill(&batch, samples: 0..<2)
    try sampler.fill(&batch, samples: 0..<2)
    let none = Batch.ignoredTarget
    let rows = Set([Array(batch.targets[..<4]), Array(batch.targets[4...])])
    #expect(rows == [[1, 2, none, none], [4, 5, none, none]])
    #expect(
      Set([Array(batch.inputs[..<4]), Array(batch.inputs[4...])]) == [[0, 1, 0, 0], [3, 4, 0, 0]])
  }

  struct Way: Sendable, CustomStringConvertible {
    let documents: WindowLayout.Documents
    let stride: Int
    var description: String { "\(documents.rawValue), stride \(stride)" }
  }

  private static let ways = WindowLayout.Documents.allCases.flatMap { documents in
    [8, 5, 1].map { Way(documents: documents, stride: $0) }
  }

  /// Ranks take their rows of each step as `Worker` does: an epoch has every window once, whatever
  /// their number.
  @Test(arguments: ways, 1...4)
  func anEpochOfAllRanksHasEveryWindowOnce(_ way: Way, _ ranks: Int) throws {
    let text = tokens(Self.ends.last ?? 0, ends: Self.ends)
    let windows = try WindowSampler(
      text, windowLength: 8, stride: way.stride, documents: way.documents, seed: 3,
      order: .permutation)
    let sampler = BatchSampler(text, windows)
    let perRank = 2
    var rows: [[Int32]] = []
    // Steps of the second epoch, which begins and ends within a step.
    let epoch = windows.windowCount..<2 * windows.windowCount
    for rank in 0..<ranks {
      var batch = Batch(rows: perRank, columns: 8)
      for step in 0...epoch.upperBound / (ranks * perRank) {
        let first = step * ranks * perRank + rank * perRank
        try sampler.fill(&batch, samples: first..<first + perRank)
        for row in 0..<perRank where epoch.contains(first + row) {
          rows.append(Array(batch.targets[row * 8..<row * 8 + 8]))
        }
      }
    }
    let expected = (0..<windows.windowCount).map { index in
      let targets = windows.layout[index].map { Int32($0 + 1) }
      return targets + [Int32](repeating: Batch.ignoredTarget, count: 8 - targets.count)
    }
    func sorted(_ rows: [[Int32]]) -> [[Int32]] { rows.sorted { $0.lexicographicallyPrecedes($1) } }
    #expect(sorted(rows) == sorted(expected))
    // No window is cut off: all targets that a document has are in one.
    let targets = Set(rows.joined()).subtracting([Batch.ignoredTarget])
    if way.documents == .pad {
      let firsts = Set(([0] + Self.ends).map { Int32($0) })
      #expect(targets == Set(0..<Int32(text.count)).subtracting(firsts))
    } else {
      #expect(targets.count > text.count - 1 - way.stride)
    }
  }

  @Test(arguments: WindowLayout.Documents.allCases)
  func randomWindowsLieInTheText(_ documents: WindowLayout.Documents) throws {
    let text = tokens(Self.ends.last ?? 0, ends: Self.ends)
    let windows = try WindowSampler(
      text, windowLength: 8, documents: documents, seed: 3, order: .random)
    let layout = (0..<windows.windowCount).map { windows.layout[$0] }
    let drawn = Set((0..<2_000).map { windows.window(at: $0) })
    if documents == .pad {
      #expect(drawn == Set(layout))
    } else {
      #expect(drawn == Set((0..<text.count - 8).map { $0..<$0 + 8 }))
    }
  }

  @Test(arguments: [1, 2, 5])
  func evaluationByDocumentsScoresAllButTheirFirstTokensOnce(_ rows: Int) throws {
    let text = tokens(Self.ends.last ?? 0, ends: Self.ends)
    let windows = try EvaluationWindows(tokens: text, windowLength: 8, layout: .documents)
    var scores = [Int](repeating: 0, count: text.count)
    var batch = Batch(rows: rows, columns: 8)
    for first in stride(from: 0, to: windows.count, by: rows) {
      try windows.fill(&batch, windows: first..<min(first + rows, windows.count))
      for (input, target) in zip(batch.inputs, batch.targets) where target >= 0 {
        #expect(target == input + 1)
        scores[Int(target)] += 1
      }
    }
    let firsts = Set([0] + Self.ends)
    #expect(scores == (0..<text.count).map { firsts.contains($0) ? 0 : 1 })
  }

  @Test func whatHasNoWindowIsRefused() {
    for stride in [0, -1, 9] {
      #expect(throws: CorpusError.stride(stride, windowLength: 8)) {
        try WindowLayout(tokens(20), windowLength: 8, stride: stride)
      }
    }
    #expect(throws: CorpusError.tooFewTokens(count: 8, needed: 9)) {
      try WindowLayout(tokens(8), windowLength: 8)
    }
    #expect(throws: CorpusError.tooFewTokens(count: 3, needed: 2)) {
      try WindowLayout(tokens(3, ends: [1, 2, 3]), windowLength: 8, documents: .pad)
    }
  }
}
