// Where a checkpoint comes from: enough to notice that text or tokenizer are not the same any more.
import FoundationEssentials
import Text

/// Stored with every checkpoint. Nothing in it depends on time, host or number of ranks, so that
/// equal runs write equal files.
package struct Provenance: Codable, Sendable, Equatable {
  /// Version of the trainer that wrote the checkpoint.
  package var trainer: String
  /// The dataset's name, where it came from, and the SHA-256 of its text and split.
  package var data: String
  package var dataSource: String
  package var dataFingerprint: String
  package var tokenizerFingerprint: String
  /// True entropy of a built-in text.
  package var entropyBitsPerByte: Double?

  /// The checkpoint whose model the run started with.
  package var initializedFrom: String?

  /// Where a model comes from that was trained elsewhere: it has no text of its own.
  package var importedFrom: String?

  package init(trainer: String, text: RunText, initializedFrom: String? = nil) {
    self.initializedFrom = initializedFrom
    self.trainer = trainer
    data = text.corpus.name
    dataSource = text.corpus.source
    dataFingerprint = text.corpus.fingerprint
    tokenizerFingerprint = text.tokenizer.fingerprint
    entropyBitsPerByte = text.corpus.entropyBitsPerByte
  }

  /// Of a model that was trained elsewhere.
  package init(trainer: String, importedFrom source: String, tokenizer: any Tokenizer) {
    self.trainer = trainer
    importedFrom = source
    data = "unknown: imported from \(source)"
    dataSource = source
    dataFingerprint = ""
    tokenizerFingerprint = tokenizer.fingerprint
  }

  package var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  package init(json: String) throws {
    self = try JSONDecoder().decode(Provenance.self, from: Data(json.utf8))
  }

  /// How a text differs from the one of the run that was saved.
  /// - Parameter source: who chose it.
  func difference(
    ofText text: CorpusDescription, _ source: ValueSource?
  ) -> ConfigurationError.Difference? {
    if dataFingerprint == text.fingerprint { return nil }
    return .init(
      key: "the text or its split (SHA-256)", stored: "\(data) (\(dataFingerprint))",
      present: "\(text.name) (\(text.fingerprint))", source: source)
  }

  /// How a tokenizer does.
  func difference(
    ofTokenizer fingerprint: String, _ source: ValueSource?
  ) -> ConfigurationError.Difference? {
    if tokenizerFingerprint == fingerprint { return nil }
    return .init(
      key: "the tokenizer (SHA-256)", stored: tokenizerFingerprint, present: fingerprint,
      source: source)
  }
}
