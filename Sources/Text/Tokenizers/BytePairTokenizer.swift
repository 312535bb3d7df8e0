// Byte-level byte-pair encoding: GPT-2's and its relatives'.
import Synchronization

/// Cuts text into pieces (`PreTokenizer`) and merges the bytes of each, the pair of lowest rank
/// first, until no merge applies (Sennrich et al., "Neural machine translation of rare words with
/// subword units", ACL 2016; byte level: Radford et al., "Language models are unsupervised
/// multitask learners", 2019). Every byte string can be encoded.
///
/// Special tokens such as `<|endoftext|>` are read from text only where the caller asks; those who
/// join documents add the id of the marker.
package final class BytePairTokenizer: Tokenizer {
  package let kind = TokenizerKind.bpe
  package let endOfText: Int32?
  let rules: BytePairRules
  let options: BytePairOptions
  private let preTokenizer: PreTokenizer
  /// Tokens that are looked for in the text as it is, and after it was normalized.
  private let first: AddedTokenMatcher
  private let second: AddedTokenMatcher
  /// Working memory that no call uses at the moment: at most one for each thread that ever
  /// encoded at the same time.
  private let idle = Mutex<[PieceEncoder]>([])

  init(rules: BytePairRules, options: BytePairOptions) {
    self.rules = rules
    var options = options
    options.forgetIdleFlags()
    self.options = options
    endOfText = options.endOfText
    preTokenizer = PreTokenizer(options.pattern)
    first = AddedTokenMatcher(options.addedTokens.filter { !$0.isNormalized })
    second = AddedTokenMatcher(options.addedTokens.filter(\.isNormalized))
  }

  /// This tokenizer with the marker between documents that a model's file names.
  package func ending(with token: Int?) -> BytePairTokenizer {
    var options = options
    options.end(with: token, rules)
    return options == self.options ? self : BytePairTokenizer(rules: rules, options: options)
  }

  package var vocabularySize: Int { rules.tokens.count }

  package var isLossless: Bool {
    !options.addsPrefixSpace && !options.composes
      && options.addedTokens.allSatisfy { token in
        // A token such as é may be the name of the byte that é stands for in GPT-2's alphabet.
        token.isSpecial
          || !token.stripsLeft && !token.stripsRight
            && rules.tokens[token.id].elementsEqual(token.content)
      }
  }

  package var specialTokens: [SpecialToken] {
    options.addedTokens.filter(\.isSpecial).map {
      SpecialToken(id: $0.id, text: String(decoding: $0.content, as: UTF8.self))
    }
  }

  /// Added tokens that are text and no marks, in order of ids.
  package var addedTexts: [SpecialToken] {
    options.addedTokens.filter { !$0.isSpecial }.map {
      SpecialToken(id: $0.id, text: String(decoding: $0.content, as: UTF8.self))
    }
  }

  /// Name of the pattern that cuts text into pieces.
  package var patternName: String { options.pattern.rawValue }

  /// All merges in order of rank.
  package var merges: [BytePairMerge] { rules.merges }

  /// As for a corpus. Never throws: every byte string has tokens.
  package func encode(_ text: [UInt8]) -> [Int32] { encode(text, specialTokens: false) }

  package func encode(continuing text: [UInt8]) -> [Int32] {
    encode(text, specialTokens: false, isStart: false)
  }

  /// Never throws: every byte string has tokens.
  package func encode(_ text: [UInt8], specialTokens: Bool) -> [Int32] {
    encode(text, specialTokens: specialTokens, isStart: true)
  }

  private func encode(_ text: [UInt8], specialTokens: Bool, isStart: Bool) -> [Int32] {
    var encoder = idle.withLock { $0.popLast() } ?? PieceEncoder()
    var tokens: [Int32] = specialTokens ? options.leading : []
    // English text has about 3.3 bytes a token.
    tokens.reserveCapacity(text.count / 3 + 1)
    if reads(first, specialTokens) {
      var sections: [AddedTokenMatcher.Section] = []
      first.sections(of: text.span, base: 0, readingSpecial: specialTokens, into: &sections)
      for section in sections {
        if let token = section.token {
          tokens.append(token)
        } else {
          let part = text.span.extracting(section.start..<section.end)
          append(part, specialTokens, isStart || section.start > 0, &encoder, to: &tokens)
        }
      }
    } else {
      append(text.span, specialTokens, isStart, &encoder, to: &tokens)
    }
    if specialTokens { tokens += options.trailing }
    idle.withLock { $0.append(encoder) }
    return tokens
  }

  private func reads(_ matcher: AddedTokenMatcher, _ specialTokens: Bool) -> Bool {
    specialTokens ? !matcher.isEmpty : matcher.hasPlainTokens
  }

  /// Appends the tokens of a part of the text in which there is no token of `first`.
  private func append(
    _ part: Span<UInt8>, _ specialTokens: Bool, _ isStart: Bool,
    _ encoder: inout PieceEncoder, to tokens: inout [Int32]
  ) {
    if options.composes, let composed = Composition.composed(part) {
      appendNormalized(composed.span, specialTokens, isStart, &encoder, to: &tokens)
    } else {
      appendNormalized(part, specialTokens, isStart, &encoder, to: &tokens)
    }
  }

  private func appendNormalized(
    _ part: Span<UInt8>, _ specialTokens: Bool, _ isStart: Bool,
    _ encoder: inout PieceEncoder, to tokens: inout [Int32]
  ) {
    guard reads(second, specialTokens) else {
      appendText(part, isStart, &encoder, to: &tokens)
      return
    }
    var sections: [AddedTokenMatcher.Section] = []
    second.sections(of: part, base: 0, readingSpecial: specialTokens, into: &sections)
    for section in sections {
      if let token = section.token {
        tokens.append(token)
      } else {
        appendText(
          part.extracting(section.start..<section.end), isStart || section.start > 0, &encoder,
          to: &tokens)
      }
    }
  }

  /// - Parameter isStart: whether the text goes on from nothing.
  private func appendText(
    _ text: Span<UInt8>, _ isStart: Bool, _ encoder: inout PieceEncoder,
    to tokens: inout [Int32]
  ) {
    if options.addsPrefixSpace, isStart, text.count > 0, text[0] != UInt8(ascii: " ") {
      var padded = [UInt8(ascii: " ")]
      padded.reserveCapacity(text.count + 1)
      for index in text.indices { padded.append(text[index]) }
      appendPieces(padded.span, &encoder, to: &tokens)
    } else {
      appendPieces(text, &encoder, to: &tokens)
    }
  }

  private func appendPieces(
    _ text: Span<UInt8>, _ encoder: inout PieceEncoder, to tokens: inout [Int32]
  ) {
    var start = 0
    while start < text.count {
      let end = preTokenizer.endOfPiece(in: text, from: start)
      encoder.append(text, from: start, to: end, rules: rules, into: &tokens)
      start = end
    }
  }

  /// Empty for an id that no token has.
  package func bytes(of token: Int32) -> [UInt8] { Array(rules.tokens[token]) }

  package func decode(_ tokens: [Int32]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(4 * tokens.count)
    for token in tokens { text.append(contentsOf: rules.tokens[token]) }
    return text
  }
}
