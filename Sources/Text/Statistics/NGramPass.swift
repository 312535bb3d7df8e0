// Goes through the n-grams of two sorted texts side by side, one order after the other.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Losses of a stretch of validation tokens, order by order.
struct NGramPass {
  /// Sums over the stretch, in nats.
  struct Losses {
    var addOne = 0.0
    var wittenBell = 0.0

    static func += (sum: inout Losses, other: Losses) {
      sum.addOne += other.addOne
      sum.wittenBell += other.wittenBell
    }
  }

  /// The entries of both texts that start with one history.
  private struct History {
    let training: Range<Int>
    let validation: Range<Int>
  }

  /// A token that followed a history in training, and the entries where it did.
  private struct Continuation {
    let key: Int32
    let entries: Range<Int>
  }

  private let training: SortedPositions
  private let validation: SortedPositions
  private let vocabularySize: Int
  /// The first scored position, counted as in `validation`.
  private let firstTarget: Int
  /// Histories as long as `depth` that both texts have.
  private var histories: [History]
  private var depth = 0
  /// Interpolated probability of each scored token at the order reached.
  private var probabilities: [Double]
  private var continuations: [Continuation] = []

  /// - Parameter targets: scored positions of `validation`.
  init(
    training: SortedPositions, validation: TokenSequence, targets: Range<Int>,
    vocabularySize: Int, length: Int
  ) throws(CorpusError) {
    let start = max(0, targets.lowerBound - (length - 1))
    self.training = training
    self.validation = try SortedPositions(
      validation, start..<targets.upperBound, vocabularySize: vocabularySize, length: length)
    self.vocabularySize = vocabularySize
    firstTarget = targets.lowerBound - start
    histories = [History(training: 0..<training.count, validation: 0..<self.validation.count)]
    probabilities = Array(repeating: 1 / Double(vocabularySize), count: targets.count)
  }

  /// The losses of the next order.
  mutating func advance() -> Losses {
    var losses = Losses()
    var longer: [History] = []
    var knownCount = 0
    for history in histories {
      let counts = follow(history.training)
      if counts.total == 0 { continue }
      var candidate = 0
      var entry = history.validation.lowerBound
      while entry < history.validation.upperBound {
        let key = validation.key(entry, depth: depth)
        let end = validation.endOfRun(entry, limit: history.validation.upperBound, depth: depth)
        let entries = entry..<end
        entry = end
        if key == SortedPositions.end { continue }
        while candidate < continuations.count, continuations[candidate].key < key { candidate += 1 }
        var count = 0
        if candidate < continuations.count, continuations[candidate].key == key {
          let found = continuations[candidate].entries
          count = found.count
          longer.append(History(training: found, validation: entries))
        }
        let scored = interpolate(entries, count: count, counts)
        knownCount += scored
        losses.addOne +=
          Double(scored) * log(Double(counts.total + vocabularySize) / Double(count + 1))
      }
    }
    losses.addOne += Double(probabilities.count - knownCount) * log(Double(vocabularySize))
    losses.wittenBell = probabilities.reduce(0) { $0 - log($1) }
    histories = longer
    depth += 1
    return losses
  }

  /// Finds what followed a history in training: c(h) occurrences of T(h) tokens.
  private mutating func follow(_ entries: Range<Int>) -> (total: Int, types: Int) {
    continuations.removeAll(keepingCapacity: true)
    var total = 0
    var entry = entries.lowerBound
    while entry < entries.upperBound {
      let key = training.key(entry, depth: depth)
      let end = training.endOfRun(entry, limit: entries.upperBound, depth: depth)
      if key != SortedPositions.end {
        continuations.append(Continuation(key: key, entries: entry..<end))
        total += end - entry
      }
      entry = end
    }
    return (total, continuations.count)
  }

  /// Interpolates the probability of the token at `depth` of all `entries`.
  /// - Returns: how many of them are scored.
  private mutating func interpolate(
    _ entries: Range<Int>, count: Int, _ counts: (total: Int, types: Int)
  ) -> Int {
    let types = Double(counts.types)
    let weight = 1 / (Double(counts.total) + types)
    var scored = 0
    for entry in entries {
      let target = validation[entry] + depth - firstTarget
      if target < 0 { continue }
      probabilities[target] = (Double(count) + types * probabilities[target]) * weight
      scored += 1
    }
    return scored
  }
}
