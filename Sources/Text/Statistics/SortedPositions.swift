// The places of a text in the order of what stands there: all its n-grams at once, in 12 bytes a token.

/// Positions sorted by the `length` tokens that start there; a shorter rest sorts first.
///
/// All occurrences of an n-gram lie side by side, and so do those of all that go on from it.
struct SortedPositions {
  /// Behind the text's end.
  static let end: Int32 = 0

  /// Token + 1 at each position, then `length` times `end`.
  private let keys: [Int32]
  private let positions: [Int32]

  var count: Int { positions.count }

  /// - Precondition: the tokens of `range` lie below `vocabularySize`.
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  init(
    _ tokens: TokenSequence, _ range: Range<Int>, vocabularySize: Int, length: Int
  ) throws(CorpusError) {
    var keys = [Int32](repeating: Self.end, count: range.count + length)
    try tokens.copy(range, into: &keys, at: 0)
    for index in 0..<range.count { keys[index] += 1 }
    self.keys = keys
    positions = Self.sorted(keys, count: range.count, keyCount: vocabularySize + 1, length: length)
  }

  subscript(index: Int) -> Int { Int(positions[index]) }

  /// What stands `depth` tokens after the start of the entry `index`.
  @inline(__always)
  func key(_ index: Int, depth: Int) -> Int32 { keys[Int(positions[index]) + depth] }

  /// The first entry after `start` and before `limit` with another key at `depth`; else `limit`.
  func endOfRun(_ start: Int, limit: Int, depth: Int) -> Int {
    let key = key(start, depth: depth)
    var last = start
    var step = 1
    while last + step < limit, self.key(last + step, depth: depth) == key {
      last += step
      step *= 2
    }
    var end = min(last + step, limit)
    while end - last > 1 {
      let middle = last + (end - last) / 2
      if self.key(middle, depth: depth) == key { last = middle } else { end = middle }
    }
    return end
  }

  /// Least significant digit first: one stable counting sort a token.
  private static func sorted(
    _ keys: [Int32], count: Int, keyCount: Int, length: Int
  ) -> [Int32] {
    var positions = Array(0..<Int32(count))
    var next = positions
    var starts = [Int32](repeating: 0, count: keyCount + 1)
    for depth in (0..<length).reversed() {
      for index in starts.indices { starts[index] = 0 }
      for key in keys[depth..<depth + count] { starts[Int(key) + 1] += 1 }
      for index in 1..<starts.count { starts[index] += starts[index - 1] }
      for position in positions {
        let key = Int(keys[Int(position) + depth])
        next[Int(starts[key])] = position
        starts[key] += 1
      }
      swap(&positions, &next)
    }
    return positions
  }
}
