// What generation asks of a model: to read on from what it has read.
import Tensors

/// A model that has read some tokens and says what may follow.
package protocol DecodingState: AnyObject {
  /// Most tokens that it can have read at a time.
  var contextLength: Int { get }
  /// Tokens that it gives logits for.
  var vocabularySize: Int { get }
  /// What it has read.
  var tokens: [Int32] { get }

  /// Forgets all but the first `count` tokens.
  func keep(first count: Int)

  /// Reads on; returns the logits of every token's successor, `tokens.count` × `vocabularySize`.
  /// They stay valid until it reads again.
  /// - Precondition: `tokens` is not empty, and fits into the context.
  func logits(reading tokens: [Int32]) -> Matrix

  /// Reads on; returns the logits of the last token's successor. They stay valid until it reads
  /// again.
  /// - Precondition: `tokens` is not empty, and fits into the context.
  func nextLogits(reading tokens: [Int32]) -> Vector
}

extension DecodingState {
  package func reset() { keep(first: 0) }

  /// As `nextLogits(reading:)` after `sequence` from its beginning; what has been read of it already
  /// is not read again.
  /// - Precondition: `sequence` is not empty, and fits into the context.
  package func nextLogits(after sequence: [Int32]) -> Vector {
    let common = zip(tokens, sequence.dropLast()).prefix { $0 == $1 }.count
    keep(first: common)
    return nextLogits(reading: Array(sequence[common...]))
  }
}
