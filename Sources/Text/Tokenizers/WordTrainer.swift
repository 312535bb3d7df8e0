// Which words get a token.

/// Counts words; the most frequent get tokens, those of equal frequency in order of their bytes.
package struct WordTrainer: TokenizerTrainer {
  private let settings: TokenizerSettings
  private var words: PieceCounter
  private var byteCount = 0

  /// Throws `vocabularyTooSmall` and `unusableSpecialToken`.
  package init(
    _ settings: TokenizerSettings, wordLimit: Int = PieceCounter.defaultLimit
  ) throws(TokenizerError) {
    self.settings = settings
    words = PieceCounter(limit: wordLimit)
    let least = WordTokenizer.firstTokens.count + settings.specialTokens.count + 1
    guard settings.vocabularySize >= least else {
      throw .vocabularyTooSmall(size: settings.vocabularySize, least: least, kind: .word)
    }
    for token in settings.specialTokens
    where WordTokenizer.firstTokens.contains(Array(token.utf8)) {
      throw .unusableSpecialToken(token, reason: "every word tokenizer has it")
    }
  }

  package var droppedPieces: Int { words.droppedOccurrences }

  package mutating func add(_ text: ArraySlice<UInt8>) throws(TokenizerError) {
    let bytes = text.span
    var word: [UInt8] = []
    var start = 0
    while start < bytes.count {
      let part: (kind: WordScanner.Kind, end: Int)
      do throws(TokenizerError) { part = try WordScanner.part(of: bytes, from: start) } catch {
        throw error.shifted(by: byteCount)
      }
      switch part.kind {
      case .word, .ideograph, .mark:
        word.removeAll(keepingCapacity: true)
        WordScanner.appendLowercased(bytes, from: start, to: part.end, to: &word)
        words.add(word.span, from: 0, to: word.count)
      case .space, .lineBreak, .blank: break
      }
      start = part.end
    }
    byteCount += bytes.count
  }

  package func finish() throws(TokenizerError) -> any Tokenizer {
    guard byteCount > 0 else { throw .emptyText }
    let special = settings.specialTokens.map { Array($0.utf8) }
    let room = settings.vocabularySize - WordTokenizer.firstTokens.count - special.count
    var vocabulary = TokenVocabulary()
    if settings.commonWords {
      for word in CommonWords.english.prefix(room) { _ = vocabulary.insert(Array(word.utf8)) }
    }
    let frequent = (0..<Int32(words.counts.count))
      .filter { words.counts[Int($0)] >= settings.minimumFrequency }
      .sorted { one, other in
        let counts = (words.counts[Int(one)], words.counts[Int(other)])
        if counts.0 != counts.1 { return counts.0 > counts.1 }
        return words.pieces[one].lexicographicallyPrecedes(words.pieces[other])
      }
    for word in frequent where vocabulary.tokens.count < room {
      _ = vocabulary.insert(Array(words.pieces[word]))
    }
    return WordTokenizer(specialTokens: special, words: vocabulary.tokens)
  }
}
