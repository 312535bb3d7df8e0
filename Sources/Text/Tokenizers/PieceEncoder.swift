// Merging the bytes of one piece into tokens.
import Collections

/// The working memory of one thread that encodes. The result of every method is independent of
/// what was encoded before.
struct PieceEncoder: Sendable {
  /// Up to here a scan of all pairs for each merge is faster than a heap.
  private static let longestScan = 48

  private var cache = PieceCache()
  /// The tokens of a piece so far, and what becomes of each with its right neighbour.
  private var parts: [Int32] = []
  private var outcomes: [MergeTable.Outcome] = []

  /// Appends the tokens of `text[start..<end]`, which must not be empty.
  @inline(__always)
  mutating func append(
    _ text: Span<UInt8>, from start: Int, to end: Int, rules: BytePairRules,
    into tokens: inout [Int32]
  ) {
    let count = end - start
    guard count <= PieceCache.Key.longest else {
      merge(text, from: start, to: end, rules: rules, into: &tokens)
      return
    }
    let key = PieceCache.Key(text, from: start, count: count)
    if cache.append(key, to: &tokens) { return }
    let first = tokens.count
    merge(text, from: start, to: end, rules: rules, into: &tokens)
    cache.keep(tokens[first...], for: key)
  }

  @inline(never)
  private mutating func merge(
    _ text: Span<UInt8>, from start: Int, to end: Int, rules: BytePairRules,
    into tokens: inout [Int32]
  ) {
    if rules.takesWholePieces,
      let token = rules.index.token(of: text.extracting(start..<end), in: rules.tokens)
    {
      tokens.append(token)
    } else if end - start <= Self.longestScan {
      scan(text, from: start, to: end, rules: rules, into: &tokens)
    } else {
      var word = LongWord(text, from: start, to: end, rules: rules)
      word.merge(by: rules.table)
      word.append(to: &tokens)
    }
  }

  /// Merges the pair of lowest rank, the leftmost of equals, until none is left.
  private mutating func scan(
    _ text: Span<UInt8>, from start: Int, to end: Int, rules: BytePairRules,
    into tokens: inout [Int32]
  ) {
    parts.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
    for index in start..<end { parts.append(rules.byteTokens[Int(text[index])]) }
    for index in 1..<max(1, parts.count) {
      outcomes.append(rules.table.outcome(of: parts[index - 1], parts[index]))
    }
    while let at = indexOfLowestOutcome() {
      parts[at] = MergeTable.token(of: outcomes[at])
      parts.remove(at: at + 1)
      outcomes.remove(at: at)
      if at > 0 { outcomes[at - 1] = rules.table.outcome(of: parts[at - 1], parts[at]) }
      if at < outcomes.count { outcomes[at] = rules.table.outcome(of: parts[at], parts[at + 1]) }
    }
    tokens.append(contentsOf: parts)
  }

  private func indexOfLowestOutcome() -> Int? {
    var lowest = MergeTable.none
    var at = 0
    for index in outcomes.indices where outcomes[index] < lowest {
      lowest = outcomes[index]
      at = index
    }
    return lowest == MergeTable.none ? nil : at
  }
}

/// A long piece as a linked list of tokens with a heap of the merges in sight, so that n bytes
/// take n log n steps.
private struct LongWord {
  private struct Part {
    var token: Int32
    var previous: Int32
    var next: Int32
    /// What becomes of this part and the next.
    var outcome: MergeTable.Outcome
  }

  /// The parts by their first byte; a part that became the end of another has no outcome and is
  /// out of the list.
  private var parts: [Part] = []
  /// Rank in the upper 32 bits, index of the left part in the lower: lowest rank first, leftmost
  /// of equals. Entries whose part has another outcome by now are passed over.
  private var heap: Heap<UInt64>

  init(_ text: Span<UInt8>, from start: Int, to end: Int, rules: BytePairRules) {
    parts.reserveCapacity(end - start)
    for index in start..<end {
      let at = Int32(index - start)
      parts.append(
        Part(
          token: rules.byteTokens[Int(text[index])], previous: at - 1,
          next: index + 1 < end ? at + 1 : -1, outcome: MergeTable.none))
    }
    var entries: [UInt64] = []
    for index in 0..<parts.count - 1 {
      parts[index].outcome = rules.table.outcome(of: parts[index].token, parts[index + 1].token)
      if let entry = Self.entry(parts[index].outcome, at: Int32(index)) { entries.append(entry) }
    }
    heap = Heap(entries)
  }

  private static func entry(_ outcome: MergeTable.Outcome, at index: Int32) -> UInt64? {
    outcome == MergeTable.none ? nil : outcome & 0xffff_ffff_0000_0000 | UInt64(index)
  }

  mutating func merge(by table: MergeTable) {
    while let entry = heap.popMin() {
      let at = Int(entry & 0xffff_ffff)
      let outcome = parts[at].outcome
      guard outcome != MergeTable.none, outcome >> 32 == entry >> 32 else { continue }
      let gone = Int(parts[at].next)
      parts[gone].outcome = MergeTable.none
      parts[at].token = MergeTable.token(of: outcome)
      parts[at].next = parts[gone].next
      if parts[at].next >= 0 { parts[Int(parts[at].next)].previous = Int32(at) }
      look(at: at, in: table)
      if parts[at].previous >= 0 { look(at: Int(parts[at].previous), in: table) }
    }
  }

  /// Finds what becomes of a part and the next.
  private mutating func look(at index: Int, in table: MergeTable) {
    let next = parts[index].next
    guard next >= 0 else {
      parts[index].outcome = MergeTable.none
      return
    }
    parts[index].outcome = table.outcome(of: parts[index].token, parts[Int(next)].token)
    if let entry = Self.entry(parts[index].outcome, at: Int32(index)) { heap.insert(entry) }
  }

  func append(to tokens: inout [Int32]) {
    var index = 0
    while index >= 0 {
      tokens.append(parts[index].token)
      index = Int(parts[index].next)
    }
  }
}
