// Whether a tokenizer that is there already can express a text.

extension Corpus {
  /// For a text that the tokenizer was not made from: all characters that it lacks at once, rather
  /// than the first.
  /// - Throws: `CorpusError.inexpressible`
  package func checkExpressible(by tokenizer: any Tokenizer) throws(CorpusError) {
    try tokenizer.checkExpressible(
      [training.bytes, validation.bytes], name: description.name)
  }
}

extension Tokenizer {
  /// All characters of `texts` that a character tokenizer lacks at once, rather than the first.
  /// - Throws: `CorpusError.inexpressible`
  package func checkExpressible(_ texts: [[UInt8]], name: String) throws(CorpusError) {
    guard kind == .character else { return }
    var known: Set<UInt32> = []
    for token in 0..<Int32(vocabularySize) {
      let bytes = bytes(of: token)
      if let step = UTF8Coding.scalar(in: bytes.span, at: 0) { known.insert(step.value) }
    }
    var missing: [UInt32: Int] = [:]
    for text in texts {
      let bytes = text.span
      var offset = 0
      while offset < bytes.count, let step = UTF8Coding.scalar(in: bytes, at: offset) {
        if !known.contains(step.value) { missing[step.value, default: 0] += 1 }
        offset += step.length
      }
    }
    if missing.isEmpty { return }
    let characters = missing.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    throw .inexpressible(
      name: name, count: missing.values.reduce(0, +), kinds: missing.count,
      most: characters.prefix(5).compactMap { value, count in
        Unicode.Scalar(value).map { "\(TokenizerError.name(of: $0)) × \(count)" }
      })
  }
}

extension TokenSequence {
  /// Share of tokens that stand for what the tokenizer does not know; nil where it knows everything.
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  package func unknownShare(_ tokenizer: any Tokenizer) throws(CorpusError) -> Double? {
    guard let unknown = tokenizer.unknownToken, count > 0 else { return nil }
    let statistics = try TokenStatistics(self, vocabularySize: tokenizer.vocabularySize)
    return Double(statistics.counts[Int(unknown)]) / Double(count)
  }
}
