// Making tokenizers from text, bit by bit.

/// What a tokenizer is made with.
package struct TokenizerSettings: Sendable, Equatable {
  package static let defaultMinimumFrequency = 2

  package let kind: TokenizerKind
  /// At most as many tokens, special ones included. A character tokenizer has no limit.
  package var vocabularySize: Int
  /// What occurs less often gets no token: merges of `bpe`, words of `word`.
  package var minimumFrequency = defaultMinimumFrequency
  /// In order of their ids. A character tokenizer has none; a word tokenizer has `<unk>`, `<mask>`
  /// and the line break before them.
  package var specialTokens: [String]
  /// Whether a word tokenizer knows common English words even where the text lacks them.
  package var commonWords = false

  /// - Parameter vocabularySize: nil for what fits a few megabytes of text.
  package init(kind: TokenizerKind, vocabularySize: Int? = nil) {
    self.kind = kind
    switch kind {
    case .bpe:
      self.vocabularySize = vocabularySize ?? 8_000
      specialTokens = [String(decoding: SpecialTokenNames.endOfText, as: UTF8.self)]
    case .word, .character:
      self.vocabularySize = vocabularySize ?? 10_000
      specialTokens = []
    }
  }

  /// A trainer that has seen no text yet.
  ///
  /// Throws `vocabularyTooSmall` and `unusableSpecialToken`.
  package func trainer() throws(TokenizerError) -> any TokenizerTrainer {
    for (index, token) in specialTokens.enumerated() {
      guard !token.isEmpty else { throw .unusableSpecialToken(token, reason: "it is empty") }
      guard kind != .character else {
        throw .unusableSpecialToken(token, reason: "a character tokenizer has none")
      }
      guard !specialTokens[..<index].contains(token) else {
        throw .unusableSpecialToken(token, reason: "it is named twice")
      }
    }
    switch kind {
    case .character: return CharacterTrainer()
    case .word: return try WordTrainer(self)
    case .bpe: return try BytePairTrainer(self)
    }
  }
}

/// Learns a vocabulary from text that comes in parts. Memory depends on the vocabulary of the
/// text, not on its length.
package protocol TokenizerTrainer {
  /// Takes the next part of the text. Parts end where no piece is cut: at the end of a document or
  /// after a line break.
  ///
  /// Throws `invalidUTF8`, the offset counted from the start of all text, where the tokenizer
  /// works on characters.
  mutating func add(_ text: ArraySlice<UInt8>) throws(TokenizerError)
  /// Occurrences of rare words or pieces that were not counted, because there were more different
  /// ones than memory should hold (`PieceCounter.defaultLimit`); 0 for most texts.
  var droppedPieces: Int { get }
  /// The tokenizer for what was added. Throws `emptyText`.
  func finish() throws(TokenizerError) -> any Tokenizer
}

/// Collects the characters of a text.
package struct CharacterTrainer: TokenizerTrainer {
  private var seen = [Bool](repeating: false, count: 0x110000)
  private var byteCount = 0
  package let droppedPieces = 0

  package init() {}

  package mutating func add(_ text: ArraySlice<UInt8>) throws(TokenizerError) {
    let bytes = text.span
    var offset = 0
    while offset < bytes.count {
      guard let step = UTF8Coding.scalar(in: bytes, at: offset) else {
        throw .invalidUTF8(byteOffset: byteCount + offset)
      }
      seen[Int(step.value)] = true
      offset += step.length
    }
    byteCount += bytes.count
  }

  package func finish() throws(TokenizerError) -> any Tokenizer {
    guard byteCount > 0 else { throw .emptyText }
    return CharacterTokenizer(ascendingScalars: scalars)
  }

  /// The characters so far, ascending.
  var scalars: [UInt32] { (0..<UInt32(0x110000)).filter { seen[Int($0)] } }
}
