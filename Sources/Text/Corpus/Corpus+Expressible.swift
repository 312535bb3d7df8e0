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
    var missing = MissingCharacters(of: self)
    for text in texts { missing.add(text) }
    try missing.check(name: name)
  }
}

/// Characters that a character tokenizer lacks, and how often they were met.
package struct MissingCharacters: Sendable {
  private var known: Set<UInt32> = []
  private var counts: [UInt32: Int] = [:]

  package init(of tokenizer: any Tokenizer) {
    for token in 0..<Int32(tokenizer.vocabularySize) {
      let bytes = tokenizer.bytes(of: token)
      if let step = UTF8Coding.scalar(in: bytes.span, at: 0) { known.insert(step.value) }
    }
  }

  package mutating func add(_ text: [UInt8]) {
    let bytes = text.span
    var offset = 0
    while offset < bytes.count, let step = UTF8Coding.scalar(in: bytes, at: offset) {
      if !known.contains(step.value) { counts[step.value, default: 0] += 1 }
      offset += step.length
    }
  }

  /// What was met, to be sent: each character and its count.
  package var words: [UInt64] { counts.flatMap { [UInt64($0), UInt64($1)] } }

  /// Adds what another has sent.
  package mutating func add(words: [UInt64]) {
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      counts[UInt32(truncatingIfNeeded: words[index]), default: 0] += Int(words[index + 1])
    }
  }

  /// - Throws: `CorpusError.inexpressible` if there are any.
  package func check(name: String) throws(CorpusError) {
    if counts.isEmpty { return }
    let characters = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    throw .inexpressible(
      name: name, count: counts.values.reduce(0, +), kinds: counts.count,
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
