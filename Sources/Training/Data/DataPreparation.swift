// From files of text to a prepared folder, on all ranks.
import Communication
import Tensors
import Text

/// Prepares a text for training: counts it, makes the tokenizer, writes token files. Collective;
/// the coordinator alone reads the order, makes the tokenizer and writes.
package struct DataPreparation {
  let communicator: any Communicator
  let team: ThreadTeam
  private let segmentLength: Int

  /// How far a preparation has come.
  package struct Progress: Sendable {
    package enum Stage: String, Sendable {
      /// For equal documents.
      case comparing
      case reading
      case tokenizing
    }

    package let stage: Stage
    /// Bytes, of files while reading and of text while tokenizing.
    package let done: Int
    package let total: Int
  }

  /// What came of it.
  package struct Outcome {
    package let text: PreparedText
    /// Whether the folder was there already.
    package let isReused: Bool
  }

  /// - Parameter segmentLength: bytes of text that a rank has at a time, about; what comes out does
  ///   not depend on it, where the text has lines or words to cut it between.
  package init(
    communicator: any Communicator, team: ThreadTeam, segmentLength: Int = InputPlan.segmentLength
  ) {
    self.communicator = communicator
    self.team = team
    self.segmentLength = segmentLength
  }

  /// What ranks need to know beforehand.
  struct Work: Codable {
    var order: PreparationOrder
    var plans: [InputPlan]
    var isReused: Bool
    /// Numbers of the documents of each plan that are left out.
    var repeated: [[Int]] = []
  }

  /// Makes a tokenizer: is told the number of documents, and handed a reader of a split's text, and calls it if it needs the text.
  package typealias TokenizerMaker = (
    _ documentCount: Int,
    _ read: (_ split: Split, _ chunk: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws -> any Tokenizer

  /// - Parameters:
  ///   - order: the coordinator's.
  ///   - tokenizer: makes the tokenizer, on the coordinator.
  ///   - whileWaiting: is called once if another process prepares the folder, on the coordinator.
  ///   - progress: is told how far the work is, on the coordinator.
  /// - Throws: `CorpusError`, `TokenizerError`; `AgreedFailure` in a group of ranks.
  package func prepare(
    _ order: () throws -> PreparationOrder, folder: String, forced: Bool,
    tokenizer makeTokenizer: TokenizerMaker, whileWaiting: () -> Void = {},
    progress: (Progress) -> Void = { _ in }
  ) throws -> Outcome {
    var lock: PreparedFolderLock?
    defer { withExtendedLifetime(lock) {} }
    let work = try communicator.coordinate(Work.self) {
      let order = try order()
      // Whoever was waited for may have made what is wanted.
      lock = PreparedFolderLock.take(folder, whileWaiting: whileWaiting)
      return Work(
        order: order,
        plans: Split.allCases.map {
          InputPlan(order.files(of: $0), segmentLength: segmentLength)
        },
        isReused: !forced && Self.isPrepared(folder, order))
    }
    if !work.isReused { try make(work, folder, makeTokenizer, progress) }
    let text = try communicator.agree { try PreparedText(folder: folder) }
    // Nobody else may write until all have read.
    try communicator.barrier()
    return Outcome(text: text, isReused: work.isReused)
  }

  private static func isPrepared(_ folder: String, _ order: PreparationOrder) -> Bool {
    guard let text = try? PreparedText(folder: folder), text.manifest?.order == order else {
      return false
    }
    return (try? text.verify()) != nil
  }

  private func make(
    _ work: Work, _ folder: String, _ makeTokenizer: TokenizerMaker,
    _ progress: (Progress) -> Void
  ) throws {
    var work = work
    work.repeated = try repeated(work, progress)
    let counts = try count(work, progress)
    let order = work.order
    let cuts = order.cuts(characters: counts[0].characters)
    var made: (any Tokenizer)?
    let json = try communicator.coordinate {
      try Self.check(order, counts, cuts)
      let tokenizer = try makeTokenizer(counts.reduce(0) { $0 + $1.documents }) { split, chunk in
        let place = Split.allCases.firstIndex(of: split) ?? 0
        try Self.read(work, place, upTo: split == .training ? cuts.validation : .max, chunk)
        // The end of the training files is what is held out.
        if split != .training && work.plans[place].byteCount == 0 {
          try Self.read(work, 0, from: cuts.validation, chunk)
        }
      }
      // Only now, when nothing of the user's can be wrong any more.
      try PreparedText.begin(folder: folder)
      made = tokenizer
      return [UInt8](tokenizer.json.utf8)
    }
    let tokenizer =
      try made
      ?? TokenizerFile.tokenizer(from: String(decoding: json, as: UTF8.self), path: "tokenizer")
    try write(work, counts, tokenizer, folder, progress)
  }

  /// What each split's own files hold.
  private func count(_ work: Work, _ progress: (Progress) -> Void) throws -> [TextCounts] {
    let pass = CorpusPass(communicator, work.order.cleaning)
    var done = 0
    return try zip(work.plans, work.repeated).map { plan, repeated in
      var sum = TextCounts()
      try pass.forEachRound(of: plan, leavingOut: repeated) { _, counts in
        for count in counts { sum += count }
        tell(.reading, work, &done, progress)
      }
      return sum
    }
  }

  /// Numbers of each plan's documents that were there before.
  private func repeated(_ work: Work, _ progress: (Progress) -> Void) throws -> [[Int]] {
    guard work.order.cleaning.removesDuplicates else { return work.plans.map { _ in [] } }
    var documents = RepeatedDocuments(communicator)
    var done = 0
    return try work.plans.map { plan in
      try documents.find(in: plan, work.order.cleaning) {
        tell(.comparing, work, &done, progress)
      }
    }
  }

  /// Tells that another round was read.
  private func tell(
    _ stage: Progress.Stage, _ work: Work, _ done: inout Int, _ progress: (Progress) -> Void
  ) {
    let total = work.plans.reduce(0) { $0 + $1.byteCount }
    // Compressed files may hold more than they seem to.
    done = min(total, done + communicator.size * segmentLength)
    progress(Progress(stage: stage, done: done, total: total))
  }

  private static func check(
    _ order: PreparationOrder, _ counts: [TextCounts], _ cuts: (validation: Int, test: Int)
  ) throws(CorpusError) {
    let sizes = [
      cuts.validation,
      order.validation.isEmpty ? cuts.test - cuts.validation : counts[1].characters,
    ]
    guard counts[0].characters > 0 else {
      throw .emptyFile(path: order.training.map(\.path).first ?? "")
    }
    if sizes.contains(0) {
      if let file = order.validation.first { throw .emptyFile(path: file.path) }
      throw .emptySplit(characters: counts[0].characters, fraction: order.validationFraction)
    }
  }

  /// The documents of a split's plan, from one character to another, on this rank alone.
  private static func read(
    _ work: Work, _ place: Int, from first: Int = 0, upTo end: Int = .max,
    _ chunk: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    let pass = CorpusPass(SingleProcessCommunicator(), work.order.cleaning)
    var start = 0
    try pass.forEachRound(of: work.plans[place], leavingOut: work.repeated[place]) {
      segment, counts in
      let count = counts[0].characters
      let range = max(0, min(first - start, count))..<max(0, min(end - start, count))
      start += count
      if range.isEmpty { return }
      let part = segment.part(characters: range)
      for document in part.documents { try chunk(part.text[document]) }
    }
  }
}
