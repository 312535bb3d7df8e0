// Which pairs of tokens to merge, the most frequent first.
import Collections

/// The search for merges as Hugging Face's library does it (tokenizers, models/bpe/trainer.rs),
/// down to what happens where two merges make the same token.
struct MergeSearch {
  /// A pair with the words in which it was found at one time. Its count may be out of date, and a
  /// pair may have several.
  private struct Candidate: Comparable {
    var count: Int
    /// Left id in the upper half, right id in the lower.
    let pair: UInt64
    let index: Int32
    /// The words, as an index into `places`.
    let place: Int32

    /// More frequent, then lower ids, then found earlier is greater.
    static func < (one: Self, other: Self) -> Bool {
      if one.count != other.count { return one.count < other.count }
      if one.pair != other.pair { return one.pair > other.pair }
      return one.place > other.place
    }
  }

  private var vocabulary: TokenVocabulary
  /// The tokens of all words, one word after another; a word has room for its bytes.
  private var symbols: [Int32] = []
  private var starts: [Int] = []
  private var lengths: [Int32] = []
  private let wordCounts: [Int]

  private var pairs = PairIndex()
  /// Occurrences by pair. As in the library, that of a pair which was merged stays.
  private var counts: [Int] = []
  /// The words in which a pair was found since its last candidate.
  private var found: [[Int32]] = []
  /// The pairs for which there are such words.
  private var touched: [Int32] = []
  private var places: [[Int32]] = []
  private var heap = Heap<Candidate>()
  private var merges: [(pair: UInt64, merged: Int32)] = []

  init(vocabulary: TokenVocabulary, pieces: PieceCounter) {
    self.vocabulary = vocabulary
    wordCounts = pieces.counts
    var byteTokens: [Int32] = []
    for byte in UInt8.min...UInt8.max {
      byteTokens.append(self.vocabulary.insert(ByteAlphabet.text(of: [byte])))
    }
    for word in 0..<Int32(pieces.counts.count) {
      let bytes = pieces.pieces[word]
      starts.append(symbols.count)
      lengths.append(Int32(bytes.count))
      for byte in bytes { symbols.append(byteTokens[Int(byte)]) }
    }
    countPairs()
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private mutating func countPairs() {
    for word in wordCounts.indices {
      let start = starts[word]
      for index in start + 1..<max(start + 1, start + Int(lengths[word])) {
        add(symbols[index - 1], symbols[index], count: wordCounts[word], word: Int32(word))
      }
    }
    pushCandidates()
  }

  /// Changes the count of a pair; one that grows was found in `word`.
  private mutating func add(_ left: Int32, _ right: Int32, count: Int, word: Int32) {
    let index = pairs.index(of: Self.pair(left, right))
    if index == counts.count {
      counts.append(0)
      found.append([])
    }
    counts[index] += count
    guard count > 0, found[index].last != word else { return }
    if found[index].isEmpty { touched.append(Int32(index)) }
    found[index].append(word)
  }

  private mutating func pushCandidates() {
    for index in touched {
      let words = found[Int(index)]
      found[Int(index)] = []
      guard counts[Int(index)] > 0 else { continue }
      heap.insert(
        Candidate(
          count: counts[Int(index)], pair: pairs.pairs[Int(index)], index: index,
          place: Int32(places.count)))
      places.append(words)
    }
    touched.removeAll(keepingCapacity: true)
  }

  mutating func run(vocabularySize: Int, minimumFrequency: Int) {
    while vocabulary.tokens.count < vocabularySize, var top = heap.popMax() {
      if top.count != counts[Int(top.index)] {
        top.count = counts[Int(top.index)]
        heap.insert(top)
        continue
      }
      guard top.count >= max(1, minimumFrequency) else { return }
      let left = Int32(truncatingIfNeeded: top.pair >> 32)
      let right = Int32(truncatingIfNeeded: top.pair)
      let merged = vocabulary.insert(Array(vocabulary.tokens[left] + vocabulary.tokens[right]))
      merges.append((top.pair, merged))
      let words = places[Int(top.place)]
      places[Int(top.place)] = []
      for word in words { merge(left, right, into: merged, word: word) }
      pushCandidates()
    }
  }

  /// Joins the pair everywhere in a word, from the left.
  private mutating func merge(_ left: Int32, _ right: Int32, into merged: Int32, word: Int32) {
    let start = starts[Int(word)]
    let end = start + Int(lengths[Int(word)])
    let count = wordCounts[Int(word)]
    var reading = start
    var writing = start
    while reading < end {
      guard symbols[reading] == left, reading + 1 < end, symbols[reading + 1] == right else {
        symbols[writing] = symbols[reading]
        reading += 1
        writing += 1
        continue
      }
      if writing > start {
        add(symbols[writing - 1], left, count: -count, word: word)
        add(symbols[writing - 1], merged, count: count, word: word)
      }
      if reading + 2 < end {
        add(right, symbols[reading + 2], count: -count, word: word)
        add(merged, symbols[reading + 2], count: count, word: word)
      }
      symbols[writing] = merged
      reading += 2
      writing += 1
    }
    lengths[Int(word)] = Int32(writing - start)
  }

  /// The tokenizer with these merges. Of a pair that was merged twice the last merge counts.
  func tokenizer(specialTokens: [String]) -> BytePairTokenizer {
    var bytes = TokenTable()
    var spellings: [TokenSpelling] = []
    for token in 0..<Int32(vocabulary.tokens.count) {
      if let text = try? ByteAlphabet.bytes(of: vocabulary.tokens[token]) {
        bytes.append(text)
        spellings.append(.bytes)
      } else {
        bytes.append(vocabulary.tokens[token])
        spellings.append(.literal)
      }
    }
    var last: [UInt64: Int] = [:]
    for (rank, merge) in merges.enumerated() { last[merge.pair] = rank }
    let kept = merges.enumerated().filter { last[$1.pair] == $0 }.map { merge in
      BytePairMerge(
        left: Int32(truncatingIfNeeded: merge.element.pair >> 32),
        right: Int32(truncatingIfNeeded: merge.element.pair), merged: merge.element.merged)
    }
    var options = BytePairOptions()
    var copy = vocabulary
    options.addedTokens = specialTokens.map { token in
      AddedToken(id: copy.insert(Array(token.utf8)), content: Array(token.utf8))
    }.sorted { $0.id < $1.id }
    do throws(BytePairFault) {
      var rules = try BytePairRules(tokens: bytes, spellings: spellings, mergeCount: kept.count)
      for merge in kept { try rules.addMerge(merge) }
      return BytePairTokenizer(rules: rules, options: options)
    } catch {
      preconditionFailure("a vocabulary without repetition has all bytes: \(error.reason)")
    }
  }
}

/// Numbers pairs in the order in which they are first asked for: open addressing with linear
/// probing, at most half full.
private struct PairIndex {
  private(set) var pairs: [UInt64] = []
  private var slots = [Int32](repeating: -1, count: 1 << 12)
  private var shift: UInt64 = 64 - 12

  mutating func index(of pair: UInt64) -> Int {
    var slot = home(of: pair)
    while slots[slot] >= 0 {
      if pairs[Int(slots[slot])] == pair { return Int(slots[slot]) }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(pairs.count)
    pairs.append(pair)
    if 2 * pairs.count > slots.count { grow() }
    return pairs.count - 1
  }

  /// Fibonacci hashing after the halves are mixed.
  private func home(of pair: UInt64) -> Int {
    Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }

  private mutating func grow() {
    shift -= 1
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    for (index, pair) in pairs.enumerated() {
      var slot = home(of: pair)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index)
    }
  }
}
