// From files of text to a prepared folder, on all ranks.
import Communication
import Tensors
import Text

/// Prepares a text for training: counts it, makes the tokenizer, writes token files. Collective;
/// the coordinator alone reads the order, makes the tokenizer and writes.
package struct DataPreparation {
  private let communicator: any Communicator
  private let team: ThreadTeam
  private let segmentLength: Int

  /// How far a preparation has come.
  package struct Progress: Sendable {
    package enum Stage: String, Sendable {
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
  private struct Work: Codable {
    var order: PreparationOrder
    var plans: [InputPlan]
    var isReused: Bool
  }

  /// Makes a tokenizer: is told the number of documents, and handed a reader of a split's text, and calls it if it needs the text.
  package typealias TokenizerMaker = (
    _ documentCount: Int,
    _ read: (_ split: Split, _ chunk: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws -> any Tokenizer

  /// - Parameters:
  ///   - order: the coordinator's.
  ///   - tokenizer: makes the tokenizer, on the coordinator.
  ///   - progress: is told how far the work is, on the coordinator.
  /// - Throws: `CorpusError`, `TokenizerError`
  package func prepare(
    _ order: () throws -> PreparationOrder, folder: String, forced: Bool,
    tokenizer makeTokenizer: TokenizerMaker, progress: (Progress) -> Void = { _ in }
  ) throws -> Outcome {
    let work = try communicator.coordinate(Work.self) {
      let order = try order()
      return Work(
        order: order,
        plans: Split.allCases.map {
          InputPlan(order.files(of: $0), segmentLength: segmentLength)
        },
        isReused: !forced && Self.isPrepared(folder, order))
    }
    if !work.isReused { try make(work, folder, makeTokenizer, progress) }
    let text = try communicator.agree { try PreparedText(folder: folder) }
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
    let counts = try count(work, progress)
    let order = work.order
    let cuts = order.cuts(characters: counts[0].characters)
    var made: (any Tokenizer)?
    let json = try communicator.coordinate {
      try Self.check(order, counts, cuts)
      let tokenizer = try makeTokenizer(counts.reduce(0) { $0 + $1.documents }) { split, chunk in
        let plan = work.plans[Split.allCases.firstIndex(of: split) ?? 0]
        let end = split == .training ? cuts.validation : Int.max
        try Self.read(plan, order.cleaning, upTo: end, chunk)
        // The end of the training files is what is held out.
        if split != .training && plan.byteCount == 0 {
          try Self.read(work.plans[0], order.cleaning, from: cuts.validation, chunk)
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
    var pass = CorpusPass(communicator, work.order.cleaning)
    let total = work.plans.reduce(0) { $0 + $1.byteCount }
    var done = 0
    return try work.plans.map { plan in
      var sum = TextCounts()
      try pass.forEachRound(of: plan) { _, counts in
        for count in counts { sum += count }
        // Compressed files may hold more than they seem to.
        done = min(total, done + communicator.size * segmentLength)
        progress(Progress(stage: .reading, done: done, total: total))
      }
      return sum
    }
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

  /// The documents of a plan, from one character to another, on this rank alone.
  private static func read(
    _ plan: InputPlan, _ cleaning: TextCleaning, from first: Int = 0, upTo end: Int = .max,
    _ chunk: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    var pass = CorpusPass(SingleProcessCommunicator(), cleaning)
    var start = 0
    try pass.forEachRound(of: plan) { segment, counts in
      let count = counts[0].characters
      let range = max(0, min(first - start, count))..<max(0, min(end - start, count))
      start += count
      if range.isEmpty { return }
      let part = segment.part(characters: range)
      for document in part.documents { try chunk(part.text[document]) }
    }
  }
}

extension DataPreparation {
  /// Tokenizes everything and writes it, segment by segment.
  private func write(
    _ work: Work, _ counts: [TextCounts], _ tokenizer: any Tokenizer, _ folder: String,
    _ progress: (Progress) -> Void
  ) throws {
    let order = work.order
    let documents = counts.reduce(0) { $0 + $1.documents }
    let encoder = SegmentEncoder(
      tokenizer, DocumentSeparator(tokenizer, documentCount: documents))
    let total = counts.reduce(0) { $0 + $1.bytes }
    var done = 0
    let writers = try communicator.keepOnCoordinator {
      try Self.writers(order, tokenizer, folder)
    }
    var pass = CorpusPass(communicator, order.cleaning)
    for (own, plan) in zip(Split.allCases, work.plans) {
      let cuts =
        own == .training
        ? order.cuts(characters: counts[0].characters) : (validation: Int.max, test: Int.max)
      var place = 0
      try pass.forEachRound(of: plan) { segment, counts in
        let start = counts[..<communicator.rank].reduce(place) { $0 + $1.characters }
        let parts = Self.parts(segment, of: own, start: start, cuts)
        let encoded = try parts.map { split, part in
          (split, try encoder.encode(part, spread: team.spread))
        }
        for rank in 0..<communicator.size {
          let message = EncodedMessage.bytes(of: encoded)
          let sent =
            communicator.size == 1 ? message : try communicator.broadcast(message, from: rank)
          for (split, part) in EncodedMessage.parts(of: sent) {
            try writers?[split]?.append(
              part.tokens[...], ends: part.ends, text: (part.byteCount, part.characterCount))
          }
        }
        for count in counts {
          place += count.characters
          done += count.bytes
        }
        progress(Progress(stage: .tokenizing, done: done, total: total))
      }
    }
    _ = try communicator.coordinate {
      try PreparedText.replace(with: writers ?? [:], folder: folder)
      var found: [String: TextCounts] = [:]
      for (split, count) in zip(Split.allCases, counts) { found[split.rawValue] = count }
      try PreparedText.write(
        PreparedManifest(
          order: order, counts: found, tokenizerFingerprint: tokenizer.fingerprint),
        tokenizer, folder: folder)
      return []
    }
  }

  private static func writers(
    _ order: PreparationOrder, _ tokenizer: any Tokenizer, _ folder: String
  ) throws(CorpusError) -> [Split: TokenFileWriter] {
    var writers: [Split: TokenFileWriter] = [:]
    for split in Split.allCases {
      if split == .test && order.test.isEmpty && order.testFraction == 0 { continue }
      writers[split] = try TokenFileWriter(path: split.path(in: folder), tokenizer: tokenizer)
    }
    return writers
  }

  /// What of a segment belongs to which split.
  private static func parts(
    _ segment: Segment, of own: Split, start: Int, _ cuts: (validation: Int, test: Int)
  ) -> [(Split, Segment)] {
    guard own == .training else { return [(own, segment)] }
    let count = segment.counts.characters
    func place(_ cut: Int) -> Int { max(0, min(count, cut - start)) }
    if count == 0 {
      // The end of a document whose text came before.
      return [
        (start <= cuts.validation ? .training : start <= cuts.test ? .validation : .test, segment)
      ]
    }
    let (first, second) = (place(cuts.validation), place(cuts.test))
    return [(Split.training, 0..<first), (.validation, first..<second), (.test, second..<count)]
      .filter { !$0.1.isEmpty }
      .map { ($0.0, segment.part(characters: $0.1)) }
  }
}
