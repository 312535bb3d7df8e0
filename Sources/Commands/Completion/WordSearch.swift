// The words that a model finds likeliest behind a text.
import Collections
import Models
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Searches the tree of tokens that can follow a text for whole words, the likeliest beginning
/// first. A word is never likelier than its beginning, so that those found when no beginning is
/// left that could beat them are the likeliest there are.
struct WordSearch {
  let scorer: SequenceScorer
  let tokenizer: any Tokenizer
  let shape: WordShape
  /// Words to find.
  let count: Int
  /// Most tokens of a word.
  let longest: Int

  /// A word, and log p of it and of what must follow it.
  struct Word: Comparable {
    let text: [UInt8]
    let score: Double

    static func < (a: Word, b: Word) -> Bool {
      a.score != b.score ? a.score < b.score : b.text.lexicographicallyPrecedes(a.text)
    }
  }

  /// The beginning of a word.
  private struct Beginning: Comparable {
    let tokens: [Int32]
    /// With the blank before the word where that belongs to its first token.
    let text: [UInt8]
    let score: Double

    static func < (a: Beginning, b: Beginning) -> Bool {
      a.score != b.score
        ? a.score < b.score : b.tokens.lexicographicallyPrecedes(a.tokens)
    }
  }

  /// Beginnings looked at for each word that is to be found: enough for words of several letters.
  private static let effort = 12
  /// log p below which nothing is looked for.
  private static let unlikely = -16.0
  /// Once there are some words, those so much less likely than the best are not looked for: what
  /// stands behind the blank hardly ever makes up for e^10.
  private static let lead = 10.0
  private static let fewest = 8

  /// - Parameters:
  ///   - left: tokens before the word.
  ///   - space: bytes that stand between them and the word.
  ///   - right: the text behind the word, up to the next blank.
  /// - Throws: `TokenizerError`, `GenerationError`
  func words(
    after left: [Int32], space: [UInt8], before right: [UInt8]
  ) throws -> [Word] {
    let next = try Successor(right, tokenizer)
    // Given that what stands before the word is there.
    let likelihood = try likelihood(of: space, after: left)
    var open: Heap<Beginning> = [
      Beginning(tokens: [], text: [], score: likelihood > 0 ? -log(likelihood) : 0)
    ]
    var found = Heap<Word>()
    // Several sequences of tokens may spell one word.
    var spelled: Set<[UInt8]> = []
    var looks = Self.effort * count
    while let beginning = open.popMax(), looks > 0 {
      let least = least(found)
      if beginning.score <= least { break }
      looks -= 1
      let room = scorer.contextLength - beginning.tokens.count
      if room < 1 { continue }
      let logs = try scorer.successors(of: left.suffix(room) + beginning.tokens)
      let word = Array(beginning.text.dropFirst(space.count))
      let isWhole = beginning.text.count > space.count && shape.isComplete(word)
      var following = 0.0
      for (index, log) in logs.enumerated() where log + beginning.score > least {
        let token = Int32(index)
        let bytes = tokenizer.bytes(of: token, after: beginning.tokens.last)
        if isWhole && next.fits(token, bytes) { following += exp(log) }
        let text = beginning.text + bytes
        if beginning.tokens.count < longest, !bytes.isEmpty, canBegin(text, space: space),
          !isSpecial(token)
        {
          open.insert(
            Beginning(
              tokens: beginning.tokens + [token], text: text, score: beginning.score + log))
        }
      }
      guard isWhole, spelled.insert(word).inserted else { continue }
      found.insert(Word(text: word, score: beginning.score + max(log(following), Self.unlikely)))
      if found.count > count { found.removeMin() }
    }
    return found.unordered.sorted(by: >)
  }

  /// Of the tokens that `space`, or a part of it, and a word can begin with.
  private func likelihood(of space: [UInt8], after left: [Int32]) throws -> Double {
    if space.isEmpty { return 1 }
    let logs = try scorer.successors(of: Array(left.suffix(scorer.contextLength)))
    return logs.enumerated().reduce(0) { sum, next in
      let bytes = tokenizer.bytes(of: Int32(next.offset), after: nil)
      return !bytes.isEmpty && canBegin(bytes, space: space) ? sum + exp(next.element) : sum
    }
  }

  /// What a word must be likelier than to count: the worst of those found, once there are enough.
  private func least(_ found: Heap<Word>) -> Double {
    guard let best = found.max, let worst = found.min else { return Self.unlikely }
    if found.count >= count { return worst.score }
    return found.count < Self.fewest ? Self.unlikely : max(Self.unlikely, best.score - Self.lead)
  }

  private func canBegin(_ text: [UInt8], space: [UInt8]) -> Bool {
    if text.count <= space.count { return space.starts(with: text) }
    return text.starts(with: space) && shape.canBegin(Array(text.dropFirst(space.count)))
  }

  private func isSpecial(_ token: Int32) -> Bool {
    tokenizer.specialTokens.contains { $0.id == token }
  }

  /// Which tokens agree with the text behind a word.
  private struct Successor {
    let right: [UInt8]
    /// Of a tokenizer whose tokens are not simply their bytes.
    let first: Int32?
    let endOfText: Int32?

    init(_ right: [UInt8], _ tokenizer: any Tokenizer) throws(TokenizerError) {
      self.right = right
      first = tokenizer.isLossless ? nil : try tokenizer.encode(right).first
      endOfText = tokenizer.endOfText
    }

    func fits(_ token: Int32, _ bytes: [UInt8]) -> Bool {
      if let first { return token == first }
      if token == endOfText { return right.isEmpty }
      if right.isEmpty { return bytes.first.map(WordShape.isBoundary) ?? false }
      return right.starts(with: bytes) || bytes.starts(with: right)
    }
  }
}
