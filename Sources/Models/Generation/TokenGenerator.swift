// Writing on from a prompt, one token after the other.
import Tensors

/// A model that does not say what may follow.
package enum GenerationError: Error, Equatable, CustomStringConvertible {
  /// Logits are infinite or not numbers; so many tokens had been read.
  case notFinite(tokenCount: Int)

  package var description: String {
    switch self {
    case .notFinite(let count):
      "after \(count) tokens the model's logits are not finite; take another checkpoint or file, or "
        + "--weights f32"
    }
  }
}

/// Continues a sequence of tokens by sampling from a model.
package struct TokenGenerator {
  private let state: any DecodingState
  private var sampler: Sampler
  private let random: RandomStream

  /// - Parameters:
  ///   - sample: number of the text among several from one seed; each draws its own numbers.
  ///   - excluded: tokens that are never drawn.
  package init(
    _ state: any DecodingState, _ sampling: Sampling, seed: UInt64, sample: Int = 0,
    excluded: [Int32] = []
  ) {
    self.state = state
    sampler = Sampler(sampling, vocabularySize: state.vocabularySize, excluded: excluded)
    random = RandomStream(seed: seed, stream: UInt64(sample))
  }

  /// Calls `emit` with each new token until it returns false or `count` are written. Texts may grow
  /// longer than the context (`ContextWindow`). What `state` has read of the prompt already is not
  /// read again.
  /// - Precondition: the prompt is not empty.
  package mutating func generate(
    _ prompt: [Int32], count: Int, emit: (Int32) -> Bool
  ) throws(GenerationError) {
    precondition(!prompt.isEmpty, "generation starts from at least one token")
    let window = ContextWindow(contextLength: state.contextLength)
    var tokens = prompt
    for place in 0..<count {
      let seen = Array(tokens[window.start(count: tokens.count)...])
      let logits = state.nextLogits(after: seen)
      // The sum of squares is finite only if all of them are.
      guard VectorMath.dot(logits, logits).isFinite else {
        throw .notFinite(tokenCount: tokens.count)
      }
      let token = sampler.token(logits, after: seen, uniform: random.uniform(UInt64(place)))
      tokens.append(token)
      if !emit(token) { return }
    }
  }
}
