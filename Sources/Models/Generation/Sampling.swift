// Choosing the next token from logits.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Temperature, then top-k, then top-p, then a draw: the order of Hugging Face.
package struct Sampling: Sendable, Equatable {
  /// 0 takes the most likely token always.
  package var temperature: Double
  /// Only the k most likely tokens stay; nil keeps all.
  package var topK: Int?
  /// Only the most likely tokens whose probabilities first reach p stay (Holtzman et al., "The
  /// Curious Case of Neural Text Degeneration", 2020); 1 keeps all.
  package var topP: Double

  package init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1) {
    precondition(temperature >= 0 && topP > 0 && topP <= 1 && topK ?? 1 >= 1)
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// - Parameter uniform: a random number in [0, 1); the same number gives the same token.
  package func token(_ logits: Vector, uniform: Double) -> Int32 {
    if temperature == 0 { return Int32(mostLikely(logits)) }
    let kept = candidates(logits)
    let total = kept.reduce(0) { $0 + $1.weight }
    var rest = uniform * total
    for candidate in kept {
      rest -= candidate.weight
      if rest < 0 { return Int32(candidate.token) }
    }
    // Only rounding gets here.
    return Int32(kept[kept.count - 1].token)
  }

  private struct Candidate {
    let token: Int
    /// Probability up to a common factor.
    let weight: Double
  }

  /// The tokens that may be drawn, most likely first; equally likely ones by their number.
  private func candidates(_ logits: Vector) -> [Candidate] {
    let largest = Double(logits[mostLikely(logits)])
    var all = (0..<logits.count).map {
      Candidate(token: $0, weight: exp((Double(logits[$0]) - largest) / temperature))
    }
    all.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.token < $1.token }
    if let topK, topK < all.count { all.removeSubrange(topK...) }
    if topP < 1 {
      let limit = topP * all.reduce(0) { $0 + $1.weight }
      var sum = 0.0
      let end = all.firstIndex { candidate in
        sum += candidate.weight
        return sum >= limit
      }
      if let end { all.removeSubrange((end + 1)...) }
    }
    return all
  }

  private func mostLikely(_ logits: Vector) -> Int {
    var best = 0
    for index in 1..<max(1, logits.count) where logits[index] > logits[best] { best = index }
    return best
  }
}
