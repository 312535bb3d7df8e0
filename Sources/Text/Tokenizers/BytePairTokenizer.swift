// GPT-2's byte-level byte-pair encoding.
import Synchronization

/// Cuts text into pieces (`PreTokenizer`) and merges the bytes of each, the pair of lowest rank
/// first, until no merge applies (Sennrich et al., "Neural machine translation of rare words with
/// subword units", ACL 2016; byte level: Radford et al., "Language models are unsupervised
/// multitask learners", 2019). Every byte string can be encoded.
///
/// The marker `<|endoftext|>` is never read from text; those who join documents add its id.
package final class BytePairTokenizer: Tokenizer {
  package let kind = TokenizerKind.bpe
  package let endOfText: Int32?
  private let rules: BytePairRules
  private let preTokenizer = PreTokenizer()
  /// Working memory that no call uses at the moment: at most one for each thread that ever
  /// encoded at the same time.
  private let idle = Mutex<[PieceEncoder]>([])

  init(rules: BytePairRules, endOfText: Int32?) {
    self.rules = rules
    self.endOfText = endOfText
  }

  package var vocabularySize: Int { rules.tokens.count }

  /// All merges in order of rank.
  package var merges: [BytePairMerge] { rules.merges }

  /// Never throws: every byte string has tokens.
  package func encode(_ text: [UInt8]) -> [Int32] {
    var encoder = idle.withLock { $0.popLast() } ?? PieceEncoder()
    var tokens: [Int32] = []
    // English text has about 3.3 bytes a token.
    tokens.reserveCapacity(text.count / 3 + 1)
    let bytes = text.span
    var start = 0
    while start < bytes.count {
      let end = preTokenizer.endOfPiece(in: bytes, from: start)
      encoder.append(bytes, from: start, to: end, rules: rules, into: &tokens)
      start = end
    }
    idle.withLock { $0.append(encoder) }
    return tokens
  }

  package func bytes(of token: Int32) -> [UInt8] { Array(rules.tokens[token]) }

  package func decode(_ tokens: [Int32]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(4 * tokens.count)
    for token in tokens { text.append(contentsOf: rules.tokens[token]) }
    return text
  }
}
