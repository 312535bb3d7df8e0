// What every tokenizer offers: bytes to token ids and back.
import Crypto

/// How a tokenizer cuts text; the raw value is its name in configs and checkpoints.
package enum TokenizerKind: String, Sendable, CaseIterable {
  /// One token per Unicode scalar of the training text.
  case character
  /// GPT-2's byte-level byte-pair encoding.
  case bpe
}

/// Turns bytes into token ids and back. Text is bytes everywhere: Swift's `String` would repair
/// invalid UTF-8 and treat canonically equivalent texts as equal.
package protocol Tokenizer: Sendable {
  var kind: TokenizerKind { get }
  /// Number of tokens; ids run from 0 below it.
  var vocabularySize: Int { get }
  /// Id of the marker between documents, where there is one. `encode` never produces it.
  var endOfText: Int32? { get }
  /// The ids of `text`; `decode` gives the same bytes back. May be called from several threads.
  func encode(_ text: [UInt8]) throws(TokenizerError) -> [Int32]
  /// The bytes of one token. - Precondition: `token` lies in `0..<vocabularySize`.
  func bytes(of token: Int32) -> [UInt8]
  /// The bytes of all `tokens` in a row. - Precondition: each lies in `0..<vocabularySize`.
  func decode(_ tokens: [Int32]) -> [UInt8]
  /// The complete tokenizer as JSON, the same byte for byte on every call and machine;
  /// `TokenizerFile.tokenizer(from:path:)` restores it.
  var json: String { get }
}

extension Tokenizer {
  /// SHA-256 of `json` in hexadecimal: equal exactly for tokenizers that behave alike.
  package var fingerprint: String { SHA256.hash(data: Array(json.utf8)).hexadecimal }

  /// The same as bytes.
  var hash: [UInt8] { Array(SHA256.hash(data: Array(json.utf8))) }
}
