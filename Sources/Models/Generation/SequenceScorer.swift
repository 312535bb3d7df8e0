// How likely whole sequences are. Those that begin alike are read once as far as they do.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Probabilities of tokens given those before them, by a decoding state.
package final class SequenceScorer {
  private let state: any DecodingState
  /// Exponentials of one row of logits.
  private let scratch: Vector
  /// The sequence scored last, and log p of each of its tokens; the first has none.
  private var tokens: [Int32] = []
  private var logProbabilities: [Double] = []

  /// Tokens read at a time: their logits exist at once.
  private static let chunkLength = 64

  package init(_ state: any DecodingState) {
    self.state = state
    scratch = .zeros(state.vocabularySize)
  }

  package var contextLength: Int { state.contextLength }

  /// log p of every token of `sequence` but the first, in nats.
  /// - Precondition: 1 to `contextLength` tokens.
  package func logProbabilities(of sequence: [Int32]) throws(GenerationError) -> [Double] {
    let known = zip(tokens, sequence).prefix { $0 == $1 }.count
    let read = zip(state.tokens, sequence).prefix { $0 == $1 }.count
    // The logits of the last known token's successor are needed again.
    var next = min(read, max(known, 1) - 1, sequence.count - 1)
    logProbabilities.removeSubrange(min(next, logProbabilities.count)...)
    // Until all are known again.
    tokens = []
    state.keep(first: next)
    while next < sequence.count - 1 {
      let chunk = next..<min(next + Self.chunkLength, sequence.count - 1)
      let logits = state.logits(reading: Array(sequence[chunk]))
      for place in chunk {
        let row = logits.row(place - chunk.lowerBound)
        logProbabilities.append(
          Double(row[Int(sequence[place + 1])]) - (try logSum(row, after: place + 1)))
      }
      next = chunk.upperBound
    }
    tokens = sequence
    return logProbabilities
  }

  /// The sum of `logProbabilities(of:)`.
  package func logLikelihood(of sequence: [Int32]) throws(GenerationError) -> Double {
    try logProbabilities(of: sequence).reduce(0, +)
  }

  /// log p of every token that may follow `sequence`.
  /// - Precondition: 1 to `contextLength` tokens.
  package func successors(of sequence: [Int32]) throws(GenerationError) -> [Double] {
    let logits = state.nextLogits(after: sequence)
    let logSum = try logSum(logits, after: sequence.count)
    return logits.array.map { Double($0) - logSum }
  }

  /// log Σ exp of the logits after so many tokens.
  private func logSum(_ logits: Vector, after count: Int) throws(GenerationError) -> Double {
    let largest = logits[VectorMath.indexOfMaximum(logits)]
    scratch.copy(from: logits)
    let sum = Double(largest) + log(Double(VectorMath.exponentiate(scratch, temperature: 1)))
    guard sum.isFinite else { throw .notFinite(tokenCount: count) }
    return sum
  }
}
