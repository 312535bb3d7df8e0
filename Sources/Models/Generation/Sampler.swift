// Drawing a token from logits.
import Collections
import Tensors

/// Turns logits into the tokens that may follow and draws one. It keeps its working memory: nothing
/// is allocated for a token after the first.
package struct Sampler {
  /// A token that may be drawn.
  package struct Candidate: Comparable, Sendable {
    package let token: Int32
    /// Probability among the candidates; up to a common factor while they are being chosen.
    package fileprivate(set) var probability: Float

    /// The less likely one; of equally likely ones the one with the larger number.
    package static func < (a: Candidate, b: Candidate) -> Bool {
      a.probability != b.probability ? a.probability < b.probability : a.token > b.token
    }
  }

  private let sampling: Sampling
  /// Logits with penalties, then exponentials.
  private let values: Vector
  private var candidates: [Candidate] = []

  package init(_ sampling: Sampling, vocabularySize: Int) {
    self.sampling = sampling
    values = .zeros(vocabularySize)
  }

  /// - Parameters:
  ///   - text: the tokens that the model has seen.
  ///   - uniform: a random number in [0, 1); the same number gives the same token.
  package mutating func token(_ logits: Vector, after text: [Int32], uniform: Double) -> Int32 {
    penalize(logits, text)
    if sampling.temperature == 0 { return Int32(VectorMath.indexOfMaximum(values)) }
    let total = choose()
    var rest = uniform * total
    for candidate in candidates {
      rest -= Double(candidate.probability)
      if rest < 0 { return candidate.token }
    }
    // Only rounding gets here.
    return candidates.max()?.token ?? 0
  }

  /// All tokens that may be drawn, the likeliest first, with their probabilities.
  package mutating func distribution(_ logits: Vector, after text: [Int32]) -> [Candidate] {
    penalize(logits, text)
    if sampling.temperature == 0 {
      return [Candidate(token: Int32(VectorMath.indexOfMaximum(values)), probability: 1)]
    }
    let total = choose()
    return candidates.sorted(by: >).map {
      Candidate(token: $0.token, probability: Float(Double($0.probability) / total))
    }
  }

  private func penalize(_ logits: Vector, _ text: [Int32]) {
    values.copy(from: logits)
    guard sampling.repetitionPenalty != 1 else { return }
    let penalty = Float(sampling.repetitionPenalty)
    for token in text where Int(token) < values.count {
      // From the logit as it was, so that a token that stands there twice is penalized once.
      let logit = logits[Int(token)]
      values[Int(token)] = logit > 0 ? logit / penalty : logit * penalty
    }
  }

  /// Fills `candidates`; returns the sum of their probabilities.
  private mutating func choose() -> Double {
    let sum = VectorMath.exponentiate(values, temperature: Float(sampling.temperature))
    candidates.removeAll(keepingCapacity: true)
    if let topK = sampling.topK, topK < values.count {
      keepLikeliest(topK)
    } else {
      // Tokens rarer than this have less than 1 - p together: none of them is needed to reach p.
      let rarest = Float((1 - sampling.topP) / Double(values.count)) * sum
      for (token, value) in values.array.enumerated() where value >= rarest {
        candidates.append(Candidate(token: Int32(token), probability: value))
      }
    }
    if sampling.topP < 1 { keepNucleus(total: sampling.topK == nil ? Double(sum) : total) }
    if sampling.minP > 0 {
      // The exponential of the largest logit is 1.
      let least = Float(sampling.minP)
      candidates.removeAll { $0.probability < least }
    }
    return total
  }

  private var total: Double { candidates.reduce(0) { $0 + Double($1.probability) } }

  private mutating func keepLikeliest(_ count: Int) {
    var heap = Heap<Candidate>()
    for (token, value) in values.array.enumerated() {
      let candidate = Candidate(token: Int32(token), probability: value)
      if heap.count < count {
        heap.insert(candidate)
      } else if let least = heap.min, least < candidate {
        heap.replaceMin(with: candidate)
      }
    }
    candidates.append(contentsOf: heap.unordered)
  }

  /// - Parameter total: probability of all tokens that are left, up to the common factor.
  private mutating func keepNucleus(total: Double) {
    candidates.sort(by: >)
    var sum = 0.0
    let last = candidates.firstIndex { candidate in
      sum += Double(candidate.probability)
      return sum >= sampling.topP * total
    }
    if let last { candidates.removeSubrange((last + 1)...) }
  }
}
