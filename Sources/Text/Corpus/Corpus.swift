// A text in two parts, ready for a tokenizer.
import Crypto
import FoundationEssentials

package struct Corpus: Sendable {
  /// The dataset's name, or the path of its file.
  package let name: String
  /// Valid UTF-8.
  package let training: [UInt8]
  /// Valid UTF-8.
  package let validation: [UInt8]
  /// Where the text comes from, for people.
  package let source: String
  /// True entropy of a built-in text; unknown for any other.
  package let entropy: StoryEntropy?
  /// SHA-256 over both parts, in hexadecimal: two runs with one fingerprint saw one text, split at
  /// one place.
  package let fingerprint: String

  package init(
    name: String, training: [UInt8], validation: [UInt8], source: String,
    entropy: StoryEntropy? = nil
  ) {
    self.name = name
    self.training = training
    self.validation = validation
    self.source = source
    self.entropy = entropy
    var hash = SHA256()
    // The length first: moving the split must change the hash.
    hash.update(data: Array("\(training.count)\n".utf8))
    hash.update(data: training)
    hash.update(data: validation)
    fingerprint = hash.finalize().hexadecimal
  }

  /// Lowest bits per byte that any model can reach on average, where known.
  package var entropyBitsPerByte: Double? { entropy?.bitsPerByte }
}
