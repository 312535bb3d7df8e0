// How often each piece of a text occurs.

/// Counts byte strings; memory is bounded.
struct PieceCounter {
  /// Beyond this many distinct pieces the rarest are dropped. About 60 bytes a piece: 120 MB.
  static let defaultLimit = 2_000_000

  /// The distinct pieces in order of their first occurrence.
  private(set) var pieces = TokenTable()
  private(set) var counts: [Int] = []
  /// Occurrences of pieces that were dropped for want of room; 0 for most texts.
  private(set) var droppedOccurrences = 0
  private let limit: Int
  /// Indices of pieces by hash, -1 for free: open addressing, at most half full.
  private var slots = [Int32](repeating: -1, count: 1 << 12)

  init(limit: Int = defaultLimit) { self.limit = max(1, limit) }

  /// Counts the piece `text[start..<end]`.
  @inline(__always)
  mutating func add(_ text: Span<UInt8>, from start: Int, to end: Int) {
    let mask = slots.count - 1
    var slot = Self.hash(text, from: start, to: end) & mask
    while slots[slot] >= 0 {
      let index = slots[slot]
      if pieces.holds(index, text, from: start, to: end) {
        counts[Int(index)] += 1
        return
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = Int32(counts.count)
    pieces.append(text, from: start, to: end)
    counts.append(1)
    if counts.count > limit { dropRarest() }
    if 2 * counts.count > slots.count { rehash(size: 2 * slots.count) }
  }

  /// FNV-1a
  private static func hash(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in start..<end { hash = (hash ^ UInt64(text[index])) &* 0x0000_0100_0000_01b3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }

  private mutating func rehash(size: Int) {
    slots = [Int32](repeating: -1, count: size)
    for index in 0..<Int32(counts.count) {
      let piece = pieces[index]
      let bytes = piece.span
      var slot = Self.hash(bytes, from: 0, to: bytes.count) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = index
    }
  }

  /// Keeps at most half of the pieces: those that occur more than a count that grows until enough
  /// are gone. The order of the others stays.
  private mutating func dropRarest() {
    var least = 1
    while 2 * counts.count(where: { $0 > least }) > limit { least *= 2 }
    var kept = TokenTable()
    var keptCounts: [Int] = []
    for (index, count) in counts.enumerated() {
      guard count > least else {
        droppedOccurrences += count
        continue
      }
      kept.append(pieces[Int32(index)])
      keptCounts.append(count)
    }
    pieces = kept
    counts = keptCounts
    rehash(size: slots.count)
  }
}
