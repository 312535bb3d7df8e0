// Documents that a corpus has more than once.
import Communication
import Text

/// Finds all but the first of equal documents, however many segments they take.
struct RepeatedDocuments {
  private let communicator: any Communicator
  /// Documents of all that was read so far.
  private var seen = SeenDocuments()

  init(_ communicator: any Communicator) { self.communicator = communicator }

  /// Collective.
  /// - Parameter tick: called after each round.
  /// - Returns: numbers of a plan's documents that it, or one before it, had already; ascending.
  /// - Throws: as `CorpusPass`.
  mutating func find(
    in plan: InputPlan, _ cleaning: TextCleaning, tick: () -> Void
  ) throws -> [Int] {
    var repeated: [Int] = []
    var number = 0
    // Of what has been read of the document that goes on.
    var open = DocumentHash()
    try CorpusPass(communicator, cleaning).forEachRound(of: plan) { segment, _ in
      let hashes = SegmentHashes(segment)
      for rank in 0..<communicator.size {
        for hash in try ended(hashes, &open, from: rank) {
          if !seen.insert(hash) { repeated.append(number) }
          number += 1
        }
      }
      tick()
    }
    return repeated
  }

  /// Hashes of the documents that end in a rank's segment.
  private func ended(
    _ hashes: SegmentHashes, _ open: inout DocumentHash, from rank: Int
  ) throws -> [UInt64] {
    if communicator.size == 1 { return hashes.ended(&open) }
    var message: [UInt8] = []
    if rank == communicator.rank {
      let ended = hashes.ended(&open)
      message = MessageWords.bytes(of: open.words + ended)
    }
    let words = MessageWords.words(of: try communicator.broadcast(message, from: rank))
    let stateCount = open.words.count
    open.words = Array(words[..<stateCount])
    return Array(words[stateCount...])
  }
}
