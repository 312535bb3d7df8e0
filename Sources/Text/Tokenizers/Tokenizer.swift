// What every tokenizer offers: bytes to token ids and back.
import Crypto

/// How a tokenizer cuts text; the raw value is its name in configs and checkpoints.
package enum TokenizerKind: String, Sendable, CaseIterable {
  /// One token per Unicode scalar of the training text.
  case character
  /// Lower-cased words and punctuation marks.
  case word
  /// Byte-level byte-pair encoding: GPT-2's, Hugging Face's, or trained here.
  case bpe
}

/// A token that stands for more than its text, such as the marker between documents.
package struct SpecialToken: Sendable, Equatable {
  package let id: Int32
  /// As it is written in a text.
  package let text: String
}

/// Turns bytes into token ids and back. Text is bytes everywhere: Swift's `String` would repair
/// invalid UTF-8 and treat canonically equivalent texts as equal.
package protocol Tokenizer: Sendable {
  var kind: TokenizerKind { get }
  /// Ids run from 0 below it.
  var vocabularySize: Int { get }
  /// Id of the marker between documents, where there is one.
  var endOfText: Int32? { get }
  /// Id that stands for all that the vocabulary lacks, where there is one.
  var unknownToken: Int32? { get }
  /// In order of their ids.
  var specialTokens: [SpecialToken] { get }
  /// Whether `decode` gives back the very bytes that `encode` took. Where it does not, the tokens
  /// stand for the text `decode(encode(text))`, whose tokens are the same again.
  var isLossless: Bool { get }
  /// The ids of `text`. May be called from several threads.
  ///
  /// - Parameter specialTokens: whether a special token that is written in the text becomes its
  ///   id, and the tokens that the tokenizer's file puts around a text are put around it: what
  ///   Hugging Face's `encode` does. If not, the text is only text: nothing in it becomes a
  ///   special token (but `<mask>` and `<unk>` of a word tokenizer, which are its words for
  ///   blanks). Tokens that a file added to its vocabulary without calling them special are read either way.
  func encode(_ text: [UInt8], specialTokens: Bool) throws(TokenizerError) -> [Int32]
  /// The ids of a text of a corpus that goes on from another, cut off at a `SafeCut`.
  func encode(continuing text: [UInt8]) throws(TokenizerError) -> [Int32]
  /// The bytes of one token on its own. - Precondition: `token` lies in `0..<vocabularySize`.
  func bytes(of token: Int32) -> [UInt8]
  /// What `token` adds to a text whose last token is `previous`, nil at its start: the bytes of
  /// `decode`, token by token. - Precondition: both lie in `0..<vocabularySize`.
  func bytes(of token: Int32, after previous: Int32?) -> [UInt8]
  /// The bytes of all `tokens` in a row. - Precondition: each lies in `0..<vocabularySize`.
  func decode(_ tokens: [Int32]) -> [UInt8]
  /// The complete tokenizer as JSON, the same byte for byte on every call and machine;
  /// `TokenizerFile.tokenizer(from:path:)` restores it.
  var json: String { get }
}

extension Tokenizer {
  package var unknownToken: Int32? { nil }
  package var specialTokens: [SpecialToken] { [] }
  package var isLossless: Bool { true }

  /// The ids of `text` as text of a corpus: special tokens are not read from it.
  package func encode(_ text: [UInt8]) throws(TokenizerError) -> [Int32] {
    try encode(text, specialTokens: false)
  }

  package func encode(continuing text: [UInt8]) throws(TokenizerError) -> [Int32] {
    try encode(text)
  }

  package func bytes(of token: Int32, after previous: Int32?) -> [UInt8] { bytes(of: token) }

  /// Ids from outside as tokens. Throws `idBeyondVocabulary`.
  package func tokens(checking ids: [Int]) throws(TokenizerError) -> [Int32] {
    for (index, id) in ids.enumerated() where !(0..<vocabularySize).contains(id) {
      throw .idBeyondVocabulary(id: id, index: index, vocabularySize: vocabularySize)
    }
    return ids.map { Int32($0) }
  }

  /// SHA-256 of `json` in hexadecimal: equal exactly for tokenizers that behave alike.
  package var fingerprint: String { SHA256.hash(data: Array(json.utf8)).hexadecimal }

  /// The same as bytes.
  var hash: [UInt8] { Array(SHA256.hash(data: Array(json.utf8))) }
}
