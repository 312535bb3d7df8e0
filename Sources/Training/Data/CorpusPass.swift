// One way through a corpus, all ranks together.
import Communication
import Text

/// Reads the segments of a plan on all ranks, in rounds, and leaves out documents that were there
/// before. What it yields does not depend on the number of ranks.
struct CorpusPass {
  let communicator: any Communicator
  let cleaning: TextCleaning
  /// Documents of all that was read so far, by this pass and those before it.
  private(set) var seen = SeenDocuments()

  init(_ communicator: any Communicator, _ cleaning: TextCleaning) {
    self.communicator = communicator
    self.cleaning = cleaning
  }

  /// Collective: every rank's `body` is called with its own segment of every round, which may be
  /// empty, and the counts of all ranks' segments in that round, by rank.
  mutating func forEachRound(
    of plan: InputPlan, _ body: (_ own: Segment, _ counts: [TextCounts]) throws -> Void
  ) throws {
    var rounds = SegmentRounds(plan, cleaning, place: communicator.rank, of: communicator.size)
    while true {
      var own: Segment?
      do throws(CorpusError) { own = try rounds.next() } catch { throw error.withLineNumber }
      guard var segment = own else { return }
      if cleaning.removesDuplicates { try removeDuplicates(&segment) }
      try body(segment, try counts(segment))
    }
  }

  /// The first of equal documents stays, in the order of the corpus.
  private mutating func removeDuplicates(_ segment: inout Segment) throws {
    let hashes = segment.documentHashes
    let own = MessageWords.bytes(of: hashes.map(\.hash))
    for rank in 0..<communicator.size {
      let words =
        communicator.size == 1
        ? hashes.map(\.hash)
        : MessageWords.words(of: try communicator.broadcast(own, from: rank))
      let isNew = words.map { seen.insert($0) }
      guard rank == communicator.rank else { continue }
      segment.remove(documents: zip(hashes, isNew).filter { !$0.1 }.map(\.0.document))
    }
  }

  private func counts(_ own: Segment) throws -> [TextCounts] {
    let width = own.counts.values.count
    var values = [Double](repeating: 0, count: width * communicator.size)
    for (index, value) in own.counts.values.enumerated() {
      values[communicator.rank * width + index] = Double(value)
    }
    let sums = try communicator.sum(values)
    return (0..<communicator.size).map { rank in
      var counts = TextCounts()
      counts.values = sums[rank * width..<(rank + 1) * width].map { Int($0) }
      return counts
    }
  }
}
