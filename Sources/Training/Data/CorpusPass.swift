// One way through a corpus, all ranks together.
import Communication
import Text

/// Reads the segments of a plan on all ranks, in rounds. What it yields does not depend on the
/// number of ranks.
struct CorpusPass {
  let communicator: any Communicator
  let cleaning: TextCleaning

  init(_ communicator: any Communicator, _ cleaning: TextCleaning) {
    self.communicator = communicator
    self.cleaning = cleaning
  }

  /// Collective: every rank's `body` is called with its own segment of every round, which may be
  /// empty, and the counts of all ranks' segments in that round, by rank.
  /// - Parameter repeated: numbers of the plan's documents that are left out, in ascending order; of all
  ///   documents, so that leaving some out changes no number.
  /// - Throws: `AgreedFailure`, of the first fault in the text; a rank alone `CorpusError`.
  func forEachRound(
    of plan: InputPlan, leavingOut repeated: [Int] = [],
    _ body: (_ own: Segment, _ counts: [TextCounts]) throws -> Void
  ) throws {
    var rounds = SegmentRounds(plan, cleaning, place: communicator.rank, of: communicator.size)
    var course = DocumentCourse()
    var rest = repeated[...]
    while true {
      var own: Segment?
      var failure: CorpusError?
      do throws(CorpusError) { own = try rounds.next() } catch { failure = error }
      do {
        try communicator.agree(on: failure, at: rounds.placeInRound)
      } catch let agreed as AgreedFailure where agreed.cause != nil {
        throw AgreedFailure(cause: failure?.withLineNumber)
      } catch let error as CorpusError { throw error.withLineNumber }
      guard var segment = own else { return }
      let first = try settle(&segment, &course)
      rest = rest.drop { $0 < first }
      let numbers = rest.prefix { $0 < first + segment.documents.count }
      segment.remove(documents: numbers.map { $0 - first })
      try body(segment, try counts(segment))
    }
  }

  /// Makes of this rank's segment what it is behind all earlier ones.
  /// - Returns: the number of its first document.
  private func settle(_ own: inout Segment, _ course: inout DocumentCourse) throws -> Int {
    var first = 0
    for (rank, values) in try gather(own.outline.values).enumerated() {
      if rank == communicator.rank {
        course.settle(&own)
        first = course.endCount
      }
      var outline = SegmentOutline()
      outline.values = values
      course.pass(outline)
    }
    return first
  }

  private func counts(_ own: Segment) throws -> [TextCounts] {
    try gather(own.counts.values).map { values in
      var counts = TextCounts()
      counts.values = values
      return counts
    }
  }

  /// As many numbers of every rank, by rank.
  private func gather(_ own: [Int]) throws -> [[Int]] {
    var values = [Double](repeating: 0, count: own.count * communicator.size)
    for (index, value) in own.enumerated() {
      values[communicator.rank * own.count + index] = Double(value)
    }
    let sums = try communicator.sum(values)
    return (0..<communicator.size).map { rank in
      sums[rank * own.count..<(rank + 1) * own.count].map { Int($0) }
    }
  }
}
