// Fills blanks: words that may follow what stands before, ranked by the whole text.
import Models
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What may stand in the blanks of a text.
package struct Completion: Equatable {
  /// One for each blank.
  package let fillers: [[UInt8]]
  /// Of the whole text with them, in nats.
  package let logLikelihood: Double
  /// Among the candidates that were compared.
  package var probability: Double
}

package struct Completer {
  private let scorer: SequenceScorer
  private let tokenizer: any Tokenizer
  private let startToken: Int32
  private let shape: WordShape
  /// Candidates whose whole texts are compared.
  private let candidateCount: Int

  package static let standardCandidateCount = 64
  /// Fillings of the blanks before one that are kept when it is filled.
  private static let keptFillings = 8

  /// - Parameter startToken: what the model reads before the text.
  package init(
    _ decoding: any DecodingState, _ tokenizer: any Tokenizer, startToken: Int32,
    shape: WordShape = WordShape(), candidateCount: Int = Self.standardCandidateCount
  ) {
    scorer = SequenceScorer(decoding)
    self.tokenizer = tokenizer
    self.startToken = startToken
    self.shape = shape
    self.candidateCount = candidateCount
  }

  /// The likeliest first; none where no word was found.
  /// - Throws: `TokenizerError`, `CompletionError.tooLong`, `GenerationError`
  package func completions(of text: BlankText) throws -> [Completion] {
    let text = try fitting(text)
    var fillings: [Completion] = [Completion(fillers: [], logLikelihood: 0, probability: 1)]
    for blank in 0..<text.blankCount {
      var longer: [Completion] = []
      for filling in fillings.prefix(blank == 0 ? 1 : Self.keptFillings) {
        for word in try words(text, behind: filling.fillers) {
          let fillers = filling.fillers + [word]
          let isWhole = fillers.count == text.blankCount
          let filled = text.filled(fillers)
          let tokens = try self.tokens(isWhole ? filled : withoutSpace(filled).text)
            .prefix(scorer.contextLength)
          longer.append(
            Completion(
              fillers: fillers, logLikelihood: try scorer.logLikelihood(of: Array(tokens)),
              probability: 0))
        }
      }
      fillings = longer.sorted { $0.logLikelihood > $1.logLikelihood }
    }
    return Self.withProbabilities(fillings)
  }

  private static func withProbabilities(_ completions: [Completion]) -> [Completion] {
    guard let best = completions.first?.logLikelihood else { return [] }
    let sum = completions.reduce(0) { $0 + exp($1.logLikelihood - best) }
    return completions.map { completion in
      var completion = completion
      completion.probability = exp(completion.logLikelihood - best) / sum
      return completion
    }
  }

  private func words(_ text: BlankText, behind fillers: [[UInt8]]) throws -> [[UInt8]] {
    let left = withoutSpace(text.filled(fillers))
    var (tokens, space) = (try tokens(left.text), left.space)
    // Where a word stands against other text, a token may reach from there into the word.
    if space.isEmpty, tokenizer.kind == .bpe, tokens.count > 1, let last = tokens.popLast() {
      space = tokenizer.bytes(of: last)
      // A space before it may begin the same token.
      if tokens.count > 1, tokenizer.bytes(of: tokens[tokens.count - 1]) == [UInt8(ascii: " ")] {
        tokens.removeLast()
        space.insert(UInt8(ascii: " "), at: 0)
      }
    }
    return try WordSearch(
      scorer: scorer, tokenizer: tokenizer, shape: shape, count: candidateCount,
      longest: tokensPerFiller(of: text)
    ).words(after: tokens, space: space, before: text.parts[fillers.count + 1]).map(\.text)
  }

  /// What stands before a blank. A word's first token has the space before it in byte-level BPE;
  /// word tokenizers drop spaces.
  private func withoutSpace(_ text: [UInt8]) -> (text: [UInt8], space: [UInt8]) {
    guard tokenizer.kind != .character, text.last == UInt8(ascii: " ") else { return (text, []) }
    return (text.dropLast(), tokenizer.isLossless ? [UInt8(ascii: " ")] : [])
  }

  private func tokens(_ text: [UInt8]) throws -> [Int32] {
    [startToken] + (try tokenizer.encode(text))
  }

  /// The part of a long text that the model's context holds: as much as there is room for before
  /// the first blank, and half as much at most behind the last.
  private func fitting(_ text: BlankText) throws -> BlankText {
    let room = scorer.contextLength - 1
    let counts = try text.parts.map { part in try tokenizer.encode(part).count }
    let reserve = text.blankCount * tokensPerFiller(of: text)
    if counts.reduce(reserve, +) <= room { return text }
    let between = counts.dropFirst().dropLast().reduce(reserve, +)
    let behind = min(counts[counts.count - 1], max(0, (room - between) / 2))
    let before = room - between - behind
    guard before >= 1 else {
      throw CompletionError.tooLong(
        tokens: counts.reduce(0, +), contextLength: scorer.contextLength)
    }
    let first = try tokenizer.encode(text.parts[0])
    let last = try tokenizer.encode(text.parts[text.blankCount])
    var parts = text.parts
    if first.count > before { parts[0] = tokenizer.decode(Array(first.suffix(before))) }
    if last.count > behind {
      parts[text.blankCount] = tokenizer.decode(Array(last.prefix(behind)))
    }
    return BlankText(parts: parts)
  }

  /// Most tokens of what stands in a blank: all blanks together get half the context at most.
  private func tokensPerFiller(of text: BlankText) -> Int {
    let half = (scorer.contextLength - 1) / 2
    return min(Self.tokensPerWord * shape.maximumWords, max(1, half / text.blankCount))
  }

  private static let tokensPerWord = 16
}

/// Blanks that cannot be filled.
package enum CompletionError: Error, Equatable, CustomStringConvertible {
  case noBlank
  case tooLong(tokens: Int, contextLength: Int)

  package var description: String {
    switch self {
    case .noBlank: "there is no blank in the text; write ___ where a word is missing"
    case .tooLong(let tokens, let contextLength):
      "the text has \(tokens) tokens, but the model's context holds \(contextLength), with room for "
        + "the words that are missing; give less text between the blanks"
    }
  }
}
