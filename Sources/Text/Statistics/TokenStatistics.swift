// Which tokens of a vocabulary a text uses, and how often.

/// Occurrences of each token of a text.
package struct TokenStatistics: Sendable {
  package let tokenCount: Int
  /// By id.
  package let counts: [Int]

  /// - Precondition: the tokens lie below `vocabularySize`.
  package init(_ tokens: TokenSequence, vocabularySize: Int) throws(CorpusError) {
    tokenCount = tokens.count
    var counts = [Int](repeating: 0, count: vocabularySize)
    var chunk = [Int32](repeating: 0, count: min(tokens.count, 1 << 16))
    for start in stride(from: 0, to: tokens.count, by: 1 << 16) {
      let range = start..<min(start + chunk.count, tokens.count)
      try tokens.copy(range, into: &chunk, at: 0)
      for token in chunk[..<range.count] { counts[Int(token)] += 1 }
    }
    self.counts = counts
  }

  package var vocabularySize: Int { counts.count }

  /// Tokens of the vocabulary that occur.
  package var usedCount: Int { counts.count { $0 > 0 } }

  /// The tokens that occur most, most frequent first; among equally frequent ones the lower id.
  package func mostFrequent(_ count: Int) -> [(token: Int32, count: Int)] {
    counts.indices.filter { counts[$0] > 0 }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }
      .prefix(count).map { (token: Int32($0), count: counts[$0]) }
  }

  /// Bytes of text of all tokens together, by the bytes of each.
  package func byteCount(bytesPerToken: [Double]) -> Double {
    zip(counts, bytesPerToken).reduce(0) { $0 + Double($1.0) * $1.1 }
  }
}
