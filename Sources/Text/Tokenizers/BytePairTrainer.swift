// Learning merges from text, exactly those of Hugging Face's tokenizers library.

/// Counts the pieces of a text, then joins the most frequent pair of neighbouring tokens until the
/// vocabulary is full or no pair is frequent enough (Sennrich et al., ACL 2016).
///
/// Merges, ids and order are those of `ByteLevelBPETokenizer` with `add_prefix_space` false: a
/// line with its line break is cut into pieces on its own, the vocabulary starts with the special
/// tokens and the 256 bytes in order of GPT-2's stand-ins for them.
package struct BytePairTrainer: TokenizerTrainer {
  private let settings: TokenizerSettings
  private let preTokenizer = PreTokenizer(.gpt2)
  private var pieces: PieceCounter

  /// Throws `vocabularyTooSmall`.
  package init(
    _ settings: TokenizerSettings, pieceLimit: Int = PieceCounter.defaultLimit
  ) throws(TokenizerError) {
    self.settings = settings
    pieces = PieceCounter(limit: pieceLimit)
    let least = Self.initialVocabulary(settings.specialTokens).tokens.count
    guard settings.vocabularySize >= least else {
      throw .vocabularyTooSmall(size: settings.vocabularySize, least: least, kind: .bpe)
    }
  }

  package var droppedPieces: Int { pieces.droppedOccurrences }

  /// Never throws: any bytes will do.
  package mutating func add(_ text: ArraySlice<UInt8>) {
    let bytes = text.span
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      end = min(end + 1, bytes.count)
      addLine(bytes.extracting(start..<end))
      start = end
    }
  }

  private mutating func addLine(_ line: Span<UInt8>) {
    var start = 0
    while start < line.count {
      let end = preTokenizer.endOfPiece(in: line, from: start)
      pieces.add(line, from: start, to: end)
      start = end
    }
  }

  package func finish() throws(TokenizerError) -> any Tokenizer {
    guard !pieces.counts.isEmpty else { throw .emptyText }
    var search = MergeSearch(
      vocabulary: Self.initialVocabulary(settings.specialTokens), pieces: pieces)
    search.run(vocabularySize: settings.vocabularySize, minimumFrequency: settings.minimumFrequency)
    return search.tokenizer(specialTokens: settings.specialTokens)
  }

  /// The tokens before any merge, as files write them.
  private static func initialVocabulary(_ specialTokens: [String]) -> TokenVocabulary {
    var vocabulary = TokenVocabulary()
    for token in specialTokens { _ = vocabulary.insert(Array(token.utf8)) }
    let bytes = (UInt8.min...UInt8.max).map { ByteAlphabet.text(of: [$0]) }
    for text in bytes.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      _ = vocabulary.insert(text)
    }
    return vocabulary
  }
}

/// Tokens that are found by their text, and grow in number.
struct TokenVocabulary {
  private(set) var tokens = TokenTable()
  private var index = TokenIndex(count: 1 << 12)
  private var room = 1 << 12

  /// The id of a token, which is the next one if the token is new.
  mutating func insert(_ text: [UInt8]) -> Int32 {
    if let token = index.token(of: text.span, in: tokens) { return token }
    if tokens.count == room {
      room *= 2
      index = TokenIndex(count: room)
      for token in 0..<Int32(tokens.count) { _ = index.insert(token, of: tokens) }
    }
    let token = Int32(tokens.count)
    tokens.append(text)
    _ = index.insert(token, of: tokens)
    return token
  }
}
