// Words in small letters, punctuation marks and line breaks.

/// One token for each word that the vocabulary has, `<unk>` for the others. Case and the number of
/// spaces are lost: the tokens stand for `decode(encode(text))`, whose tokens they are again.
///
/// `<mask>`, also written `___`, is a blank that a model can fill in.
package struct WordTokenizer: Tokenizer {
  /// The tokens that every word tokenizer starts with.
  package static let unknown: Int32 = 0
  package static let mask: Int32 = 1
  static let lineBreak: Int32 = 2
  static let firstTokens = ["<unk>", "<mask>", "\n"].map { Array($0.utf8) }
  /// What a mask is in a text.
  private static let blank = Array("___".utf8)

  package let kind = TokenizerKind.word
  package let isLossless = false
  package let unknownToken: Int32? = Self.unknown
  package let endOfText: Int32?
  private let tokens: TokenTable
  /// How many special tokens follow the first three.
  private let extraCount: Int
  private let index: TokenIndex
  private let spacing: WordSpacing
  /// Finds what stands for the unknown and for a blank, and the other special tokens.
  private let ownMatcher: AddedTokenMatcher
  private let fullMatcher: AddedTokenMatcher

  /// - Parameters:
  ///   - specialTokens: further special tokens, each once.
  ///   - words: words in small letters, marks and ideographs, each once; they get the ids that
  ///     follow.
  init(specialTokens: [[UInt8]], words: TokenTable) {
    var tokens = TokenTable(Self.firstTokens + specialTokens)
    for word in 0..<Int32(words.count) { tokens.append(words[word]) }
    var index = TokenIndex(count: tokens.count)
    let firstWord = Self.firstTokens.count + specialTokens.count
    for token in Int32(firstWord)..<Int32(tokens.count) { _ = index.insert(token, of: tokens) }
    let extra = specialTokens.enumerated().map {
      AddedToken(id: Int32(Self.firstTokens.count + $0), content: $1)
    }
    let own = [Self.unknown, Self.mask].map { AddedToken(id: $0, content: Array(tokens[$0])) }
    ownMatcher = AddedTokenMatcher(own)
    fullMatcher = AddedTokenMatcher(own + extra)
    endOfText = BytePairOptions.marker(in: extra)
    extraCount = specialTokens.count
    spacing = WordSpacing(tokens)
    self.index = index
    self.tokens = tokens
  }

  package var vocabularySize: Int { tokens.count }

  package var specialTokens: [SpecialToken] {
    let extra = Self.firstTokens.count..<Self.firstTokens.count + extraCount
    return ([Self.unknown, Self.mask] + extra.map { Int32($0) }).map {
      SpecialToken(id: $0, text: String(decoding: tokens[$0], as: UTF8.self))
    }
  }

  /// The written words `<unk>` and `<mask>` are always read, the other special tokens only on
  /// demand. Throws `invalidUTF8`.
  package func encode(
    _ text: [UInt8], specialTokens: Bool
  ) throws(TokenizerError) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(text.count / 4)
    var sections: [AddedTokenMatcher.Section] = []
    let matcher = specialTokens ? fullMatcher : ownMatcher
    matcher.sections(of: text.span, base: 0, readingSpecial: true, into: &sections)
    var word: [UInt8] = []
    for section in sections {
      if let token = section.token {
        ids.append(token)
        continue
      }
      let part = text.span.extracting(section.start..<section.end)
      var start = 0
      while start < part.count {
        let next: (kind: WordScanner.Kind, end: Int)
        do throws(TokenizerError) { next = try WordScanner.part(of: part, from: start) } catch {
          throw error.shifted(by: section.start)
        }
        switch next.kind {
        case .space: break
        case .lineBreak: ids.append(Self.lineBreak)
        case .blank: ids.append(Self.mask)
        case .word, .ideograph, .mark:
          word.removeAll(keepingCapacity: true)
          WordScanner.appendLowercased(part, from: start, to: next.end, to: &word)
          ids.append(index.token(of: word.span, in: tokens) ?? Self.unknown)
        }
        start = next.end
      }
    }
    return ids
  }

  /// The share of words and marks of `text` that the vocabulary lacks, 0 for a text without any.
  /// Throws `invalidUTF8`.
  package func unknownRate(of text: [UInt8]) throws(TokenizerError) -> Double {
    let words = try encode(text, specialTokens: false).filter { $0 != Self.lineBreak }
    let unknown = words.count { $0 == Self.unknown }
    return words.isEmpty ? 0 : Double(unknown) / Double(words.count)
  }

  package func bytes(of token: Int32) -> [UInt8] {
    token == Self.mask ? Self.blank : Array(tokens[token])
  }

  package func bytes(of token: Int32, after previous: Int32?) -> [UInt8] {
    guard let previous, spacing.isNeeded(between: previous, and: token) else {
      return bytes(of: token)
    }
    return [UInt8(ascii: " ")] + bytes(of: token)
  }

  package func decode(_ tokens: [Int32]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(6 * tokens.count)
    var previous: Int32?
    for token in tokens {
      text += bytes(of: token, after: previous)
      previous = token
    }
    return text
  }

  package var json: String {
    let firstWord = Self.firstTokens.count + extraCount
    var writer = TokenizerFile.writer(kind: kind, version: 2)
    writer.member("special_tokens")
    writer.strings((Self.firstTokens.count..<firstWord).map { Array(tokens[Int32($0)]) })
    writer.member("words")
    writer.strings((firstWord..<tokens.count).lazy.map { Array(tokens[Int32($0)]) })
    return writer.finished()
  }

  /// Reads what `json` wrote after its head.
  init(description reader: inout JSONReader) throws(TokenizerError) {
    try reader.member("special_tokens")
    let special = try StringList(&reader)
    try reader.member("words")
    let words = try StringList(&reader)
    var all = TokenTable(Self.firstTokens)
    var index = TokenIndex(count: 3 + special.strings.count + words.strings.count)
    for list in [special, words] {
      for entry in 0..<Int32(list.strings.count) {
        let token = Int32(all.count)
        all.append(list.strings[entry])
        let isNew = index.insert(token, of: all) == nil
        guard isNew, !list.strings[entry].isEmpty,
          UTF8Coding.firstInvalidByte(of: list.strings[entry]) == nil
        else {
          throw reader.fault(
            isNew ? "a word that is empty or not UTF-8" : "a word that is there twice",
            at: list.offsets[Int(entry)])
        }
      }
    }
    self.init(
      specialTokens: (0..<Int32(special.strings.count)).map { Array(special.strings[$0]) },
      words: words.strings)
  }
}
