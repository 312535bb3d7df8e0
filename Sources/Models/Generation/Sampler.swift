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
  /// In the range of floats whose inverses are finite.
  private let temperature: Float
  private let penalty: Float
  /// Logits with penalties, then exponentials: the largest is 1.
  private let values: Vector
  private var places: [UInt32]
  private let excluded: [Int32]
  private var candidates: [Candidate] = []

  /// - Parameter excluded: tokens that are never drawn.
  package init(_ sampling: Sampling, vocabularySize: Int, excluded: [Int32] = []) {
    self.sampling = sampling
    self.excluded = excluded
    temperature = Self.single(sampling.temperature)
    penalty = Self.single(sampling.repetitionPenalty)
    values = .zeros(vocabularySize)
    places = [UInt32](repeating: 0, count: vocabularySize)
  }

  /// - Parameters:
  ///   - text: the tokens that the model has seen.
  ///   - uniform: a random number in [0, 1); the same number gives the same token.
  package mutating func token(_ logits: Vector, after text: [Int32], uniform: Double) -> Int32 {
    penalize(logits, text)
    let likeliest = Int32(VectorMath.indexOfMaximum(values))
    if sampling.temperature == 0 { return likeliest }
    let sum = VectorMath.exponentiate(values, temperature: temperature)
    // Where a sum is not reached, only rounding is the reason.
    guard chooses else {
      return VectorMath.pick(values, target: uniform * Double(sum)).map(Int32.init) ?? likeliest
    }
    choose(sum: Double(sum))
    var rest = uniform * total
    for candidate in candidates {
      rest -= Double(candidate.probability)
      if rest < 0 { return candidate.token }
    }
    return likeliest
  }

  /// All tokens that may be drawn, the likeliest first, with their probabilities.
  package mutating func distribution(_ logits: Vector, after text: [Int32]) -> [Candidate] {
    penalize(logits, text)
    if sampling.temperature == 0 {
      return [Candidate(token: Int32(VectorMath.indexOfMaximum(values)), probability: 1)]
    }
    choose(sum: Double(VectorMath.exponentiate(values, temperature: temperature)))
    let total = total
    return candidates.sorted(by: >).map {
      Candidate(token: $0.token, probability: Float(Double($0.probability) / total))
    }
  }

  private func penalize(_ logits: Vector, _ text: [Int32]) {
    values.copy(from: logits)
    defer { for token in excluded { values[Int(token)] = -.greatestFiniteMagnitude } }
    guard sampling.repetitionPenalty != 1 else { return }
    for token in text where Int(token) < values.count {
      // From the logit as it was, so that a token that stands there twice is penalized once.
      let logit = logits[Int(token)]
      values[Int(token)] =
        logit > 0 ? min(logit / penalty, .greatestFiniteMagnitude) : logit * penalty
    }
  }

  private static func single(_ value: Double) -> Float {
    min(max(Float(value), .leastNormalMagnitude), .greatestFiniteMagnitude)
  }

  /// Whether some tokens may not be drawn.
  private var chooses: Bool {
    sampling.topK != nil || sampling.topP < 1 || sampling.minP > 0
  }

  private var total: Double { Self.total(candidates) }

  private static func total(_ candidates: [Candidate]) -> Double {
    candidates.reduce(0) { $0 + Double($1.probability) }
  }

  /// Fills `candidates`.
  /// - Parameter sum: of all values.
  private mutating func choose(sum: Double) {
    if let topK = sampling.topK {
      gather { $0.count >= topK }
      keepLikeliest(topK)
    } else if sampling.topP < 1 {
      let needed = sampling.topP * sum
      gather { Self.total($0) >= needed }
      candidates.sort(by: >)
    } else {
      gather(from: Float(sampling.minP)) { _ in true }
    }
    if sampling.topP < 1 { keepNucleus(total: sampling.topK == nil ? sum : total) }
    if sampling.minP > 0 {
      let least = Float(sampling.minP)
      candidates.removeAll { $0.probability < least }
    }
  }

  /// Gathers the likeliest tokens until they are enough: few of a vocabulary ever count, so that
  /// sorting all of it would cost more than the model.
  private mutating func gather(from start: Float = 1 / 64, _ areEnough: ([Candidate]) -> Bool) {
    var least = start
    while true {
      let count = VectorMath.select(values, atLeast: least, into: &places)
      candidates.removeAll(keepingCapacity: true)
      for place in places[..<count] {
        candidates.append(Candidate(token: Int32(place), probability: values[Int(place)]))
      }
      // At 0 only what is no number is left over.
      if count == values.count || least == 0 || areEnough(candidates) { return }
      // Beneath the smallest exponentials there is nothing.
      least = least < 0x1p-120 ? 0 : least / 64
    }
  }

  /// The first ones in order of probability.
  private mutating func keepLikeliest(_ count: Int) {
    if candidates.count > count {
      var heap = Heap(candidates[..<count])
      for candidate in candidates[count...] {
        if let least = heap.min, least < candidate { heap.replaceMin(with: candidate) }
      }
      candidates = heap.unordered
    }
    candidates.sort(by: >)
  }

  /// - Parameter total: probability of all tokens that are left, up to the common factor.
  private mutating func keepNucleus(total: Double) {
    var sum = 0.0
    let last = candidates.firstIndex { candidate in
      sum += Double(candidate.probability)
      return sum >= sampling.topP * total
    }
    if let last { candidates.removeSubrange((last + 1)...) }
  }
}
