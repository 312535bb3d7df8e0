// The second half of a preparation: from text and tokenizer to token files.
import Communication
import Text

extension DataPreparation {
  /// Tokenizes everything and writes it, segment by segment.
  func write(
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
    let pass = CorpusPass(communicator, order.cleaning)
    for (index, own) in Split.allCases.enumerated() {
      let cuts =
        own == .training
        ? order.cuts(characters: counts[0].characters) : (validation: Int.max, test: Int.max)
      var place = 0
      try pass.forEachRound(of: work.plans[index], leavingOut: work.repeated[index]) {
        segment, counts in
        let start = counts[..<communicator.rank].reduce(place) { $0 + $1.characters }
        let parts = Self.parts(segment, of: own, start: start, cuts)
        try append(encode(parts, encoder, tokenizer, work), to: writers)
        for count in counts {
          place += count.characters
          done += count.bytes
        }
        progress(Progress(stage: .tokenizing, done: done, total: total))
      }
    }
    _ = try communicator.coordinate {
      var found: [String: TextCounts] = [:]
      for (split, count) in zip(Split.allCases, counts) { found[split.rawValue] = count }
      try PreparedText.replace(
        with: writers ?? [:], tokenizer,
        PreparedManifest(
          order: order, counts: found, tokenizerFingerprint: tokenizer.fingerprint),
        folder: folder)
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

  /// This rank's part of a round. Collective.
  /// - Throws: `CorpusError.inexpressible`, as an `AgreedFailure` in a group of ranks.
  private func encode(
    _ parts: [(Split, Segment)], _ encoder: SegmentEncoder, _ tokenizer: any Tokenizer, _ work: Work
  ) throws -> [(Split, EncodedSegment)] {
    var encoded: [(Split, EncodedSegment)] = []
    var failure: (any Error)?
    do {
      encoded = try parts.map { ($0, try encoder.encode($1, spread: team.spread)) }
    } catch { failure = error }
    if try communicator.maximum([failure == nil ? 0 : 1]) != [0] {
      try checkExpressible(tokenizer, work, encoder.separator)
    }
    try communicator.agree(on: failure, at: 0)
    return encoded
  }

  /// All that the tokenizer lacks, rather than the first, whose place in a segment is none in a file.
  private func checkExpressible(
    _ tokenizer: any Tokenizer, _ work: Work, _ separator: DocumentSeparator
  ) throws {
    var missing = MissingCharacters(of: tokenizer)
    // No file need have it.
    if separator == .lineBreak && communicator.isCoordinator { missing.add(Array("\n".utf8)) }
    let pass = CorpusPass(communicator, work.order.cleaning)
    for (plan, repeated) in zip(work.plans, work.repeated) {
      try pass.forEachRound(of: plan, leavingOut: repeated) { segment, _ in
        missing.add(segment.text)
      }
    }
    var all = MissingCharacters(of: tokenizer)
    let own = MessageWords.bytes(of: missing.words)
    for rank in 0..<communicator.size {
      all.add(words: MessageWords.words(of: try communicator.broadcast(own, from: rank)))
    }
    let files = work.plans.flatMap(\.files).map(\.path)
    let others = files.count == 1 ? "" : " and \(files.count - 1) more"
    _ = try communicator.coordinate {
      try all.check(name: (files.first ?? "") + others)
      return []
    }
  }

  /// The parts of all ranks, in their order, into the coordinator's files. Collective.
  /// - Throws: `CorpusError.unwritable`, as an `AgreedFailure` in a group of ranks.
  private func append(
    _ encoded: [(Split, EncodedSegment)], to writers: [Split: TokenFileWriter]?
  ) throws {
    let message = EncodedMessage.bytes(of: encoded)
    var failure: (any Error)?
    for rank in 0..<communicator.size {
      let sent =
        communicator.size == 1 ? message : try communicator.broadcast(message, from: rank)
      guard let writers, failure == nil else { continue }
      do {
        for (split, part) in EncodedMessage.parts(of: sent) {
          try writers[split]?.append(
            part.tokens[...], ends: part.ends, text: (part.byteCount, part.characterCount))
        }
      } catch { failure = error }
    }
    // The others must not wait for the coordinator in the next round.
    try communicator.agree(on: failure, at: 0)
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
