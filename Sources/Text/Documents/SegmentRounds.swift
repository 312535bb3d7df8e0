// Who reads which segments of a corpus.

/// Deals the segments of a plan out to `size` readers, in rounds: a round is as many neighbouring
/// segments, of which each reader has one. All together, round after round and reader after reader,
/// have the corpus in its order, whatever their number.
package struct SegmentRounds {
  private let reader: SegmentReader
  private let place: Int
  private let size: Int
  private var unit = 0
  private var stream: CompressedSegments?
  /// Which segment of its round `next` read last, or failed at.
  package private(set) var placeInRound = 0

  package init(_ plan: InputPlan, _ cleaning: TextCleaning, place: Int = 0, of size: Int = 1) {
    reader = SegmentReader(plan: plan, cleaning: cleaning)
    self.place = place
    self.size = size
  }

  /// This reader's segment of the next round, which may be empty; nil, for all readers at the same
  /// time, after the last round.
  /// - Throws: `CorpusError`
  package mutating func next() throws(CorpusError) -> Segment? {
    let units = reader.plan.units
    while unit < units.count {
      if case .stream(let file) = units[unit] {
        if let segment = try nextOfStream(file) { return segment }
        stream = nil
        unit += 1
        continue
      }
      // As many units as there are readers, up to the next stream.
      let end = units[unit...].prefix(size).firstIndex { Self.isStream($0) }
      let round = unit..<min(end ?? units.count, unit + size)
      unit = round.upperBound
      let own = round.lowerBound + place
      placeInRound = place
      guard own < round.upperBound else { return Segment() }
      switch units[own] {
      case .files(let range): return try reader.files(range)
      case .part(let file, let start): return try reader.part(file: file, start: start)
      case .stream: preconditionFailure("a stream is no unit of a round")
      }
    }
    return nil
  }

  private static func isStream(_ unit: InputPlan.Unit) -> Bool {
    if case .stream = unit { return true }
    return false
  }

  /// A round of a compressed file: everybody reads all of its segments and keeps one.
  private mutating func nextOfStream(_ file: Int) throws(CorpusError) -> Segment? {
    var segments: CompressedSegments
    if let stream {
      segments = stream
    } else {
      segments = try CompressedSegments(
        reader.plan.files[file], reader.cleaning, length: reader.plan.segmentLength)
    }
    var count = 0
    defer {
      stream = segments
      placeInRound = count
    }
    var own: Segment?
    while count < size, let segment = try segments.next(skipping: count != place) {
      if count == place { own = segment }
      count += 1
    }
    return count == 0 ? nil : own ?? Segment()
  }
}
