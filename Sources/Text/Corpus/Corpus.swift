// A text in two parts, ready for a tokenizer.
import Crypto
import FoundationEssentials

/// What a text is, without the text.
package struct CorpusDescription: Sendable, Equatable {
  /// The dataset's name, or the path of its files.
  package let name: String
  /// Where the text comes from, for people.
  package let source: String
  /// SHA-256 over both parts, in hexadecimal: two runs with one fingerprint saw one text, split at
  /// one place.
  package let fingerprint: String
  /// Lowest bits per byte that any model can reach on average, where known.
  package let entropyBitsPerByte: Double?

  package init(
    name: String, source: String, fingerprint: String, entropyBitsPerByte: Double? = nil
  ) {
    self.name = name
    self.source = source
    self.fingerprint = fingerprint
    self.entropyBitsPerByte = entropyBitsPerByte
  }
}

package struct Corpus: Sendable {
  package let description: CorpusDescription
  package let training: DocumentText
  package let validation: DocumentText
  /// True entropy of a built-in text; unknown for any other.
  package let entropy: StoryEntropy?

  package init(
    name: String, training: DocumentText, validation: DocumentText, source: String,
    entropy: StoryEntropy? = nil
  ) {
    self.training = training
    self.validation = validation
    self.entropy = entropy
    var hash = SHA256()
    // The length first: moving the split must change the hash.
    hash.update(data: Array("\(training.bytes.count)\n".utf8))
    hash.update(data: training.bytes)
    hash.update(data: validation.bytes)
    description = CorpusDescription(
      name: name, source: source, fingerprint: hash.finalize().hexadecimal,
      entropyBitsPerByte: entropy?.bitsPerByte)
  }

  package var documentCount: Int { training.ends.count + validation.ends.count }
}

/// Documents in a row, in valid UTF-8.
package struct DocumentText: Sendable, Equatable {
  package internal(set) var bytes: [UInt8]
  /// Where documents end, in bytes; the last may go on elsewhere.
  package internal(set) var ends: [Int]

  /// One document.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    ends = [bytes.count]
  }

  init(bytes: [UInt8] = [], ends: [Int] = []) {
    self.bytes = bytes
    self.ends = ends
  }

  mutating func append(_ segment: Segment) {
    ends += segment.documentEnds.map { bytes.count + $0 }
    bytes += segment.text
  }

  /// Cuts off what follows the first `count` bytes.
  mutating func split(at count: Int) -> DocumentText {
    let rest = DocumentText(
      bytes: Array(bytes[count...]), ends: ends.filter { $0 > count }.map { $0 - count })
    bytes.removeLast(bytes.count - count)
    ends.removeAll { $0 > count }
    return rest
  }
}
