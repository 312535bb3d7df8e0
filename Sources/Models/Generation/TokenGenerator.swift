// Writing on from a prompt, one token after the other.
import Tensors

/// Continues a sequence of tokens by sampling from a model.
package struct TokenGenerator {
  private let state: any DecodingState
  private var sampler: Sampler
  private let random: RandomStream

  /// - Parameter sample: number of the text among several from one seed; each draws its own
  ///   numbers.
  package init(
    _ state: any DecodingState, _ sampling: Sampling, seed: UInt64, sample: Int = 0
  ) {
    self.state = state
    sampler = Sampler(sampling, vocabularySize: state.vocabularySize)
    random = RandomStream(seed: seed, stream: UInt64(sample))
  }

  /// Calls `emit` with each new token until it returns false or `count` are written. Texts may grow
  /// longer than the context (`ContextWindow`). What `state` has read of the prompt already is not
  /// read again.
  /// - Precondition: the prompt is not empty.
  package mutating func generate(_ prompt: [Int32], count: Int, emit: (Int32) -> Bool) {
    precondition(!prompt.isEmpty, "generation starts from at least one token")
    let window = ContextWindow(contextLength: state.contextLength)
    var tokens = prompt
    for place in 0..<count {
      let seen = Array(tokens[window.start(count: tokens.count)...])
      let logits = state.nextLogits(after: seen)
      let token = sampler.token(logits, after: seen, uniform: random.uniform(UInt64(place)))
      tokens.append(token)
      if !emit(token) { return }
    }
  }
}
