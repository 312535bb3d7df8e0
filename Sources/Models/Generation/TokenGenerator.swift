// Writing on from a prompt, one token after the other.
import Tensors

/// Continues a sequence of tokens by sampling from a model.
package struct TokenGenerator {
  private let model: any LanguageModel
  private let sampling: Sampling
  private let random: RandomStream

  /// - Parameter sample: number of the text among several from one seed; each draws its own
  ///   numbers.
  package init(_ model: any LanguageModel, _ sampling: Sampling, seed: UInt64, sample: Int = 0) {
    self.model = model
    self.sampling = sampling
    random = RandomStream(seed: seed, stream: UInt64(sample))
  }

  /// Calls `emit` with each new token until it returns false or `count` are written. The model sees
  /// the last `contextLength` tokens, so texts may grow longer than its context.
  /// - Precondition: the prompt is not empty.
  package func generate(_ prompt: [Int32], count: Int, emit: (Int32) -> Bool) {
    precondition(!prompt.isEmpty, "generation starts from at least one token")
    let contextLength = model.configuration.contextLength
    var tokens = prompt
    for place in 0..<count {
      let logits = model.nextTokenLogits(Array(tokens.suffix(contextLength)))
      let token = sampling.token(logits, uniform: random.uniform(UInt64(place)))
      tokens.append(token)
      if !emit(token) { return }
    }
  }
}
