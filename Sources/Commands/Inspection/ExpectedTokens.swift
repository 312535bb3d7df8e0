// What a model expects at places of a text: of each place only what is shown, as vocabularies are large.
import Models
import Tensors

/// What a model expects at one place of a text.
package struct ExpectedTokens: Sendable {
  /// A token that may come next.
  package struct Candidate: Sendable {
    package let token: Int32
    package let logit: Float
    package let probability: Double
  }

  /// How the model expected the token that stands there.
  package struct Own: Sendable {
    package let probability: Double
    /// Number of tokens that it expected more.
    package let rank: Int

    fileprivate init?(_ token: Int32, in ranked: [Sampler.Candidate]) {
      guard let rank = ranked.firstIndex(where: { $0.token == token }) else { return nil }
      self.rank = rank
      probability = Double(ranked[rank].probability)
    }
  }

  package let place: Int
  /// Nil at the first place, where nothing has been read.
  package let own: Own?
  /// The likeliest tokens behind this place, the likeliest first.
  package let next: [Candidate]

  /// - Parameters:
  ///   - top: tokens of `next`.
  ///   - allPlaces: whether every place is wanted, or the last only.
  /// - Throws: `GenerationError.notFinite`
  package static func read(
    _ tokens: [Int32], _ decoding: any DecodingState, top: Int, allPlaces: Bool
  ) throws(GenerationError) -> [ExpectedTokens] {
    decoding.reset()
    // Temperature 1 and no filter: the model's own probabilities.
    var sampler = Sampler(Sampling(), vocabularySize: decoding.vocabularySize)
    let all = allPlaces ? decoding.logits(reading: tokens) : nil
    let last = tokens.count - 1
    var places: [ExpectedTokens] = []
    var own: Own?
    var readCount = 0
    // The place before the last says how its token was expected.
    for place in (allPlaces ? 0 : max(0, last - 1))...last {
      let logits = all?.row(place) ?? decoding.nextLogits(reading: Array(tokens[readCount...place]))
      readCount = place + 1
      let ranked = sampler.distribution(logits, after: [])
      if ranked.isEmpty { throw .notFinite(tokenCount: place + 1) }
      if allPlaces || place == last {
        let next = ranked.prefix(top).map {
          Candidate(
            token: $0.token, logit: logits[Int($0.token)], probability: Double($0.probability))
        }
        places.append(ExpectedTokens(place: place, own: own, next: next))
      }
      if place < last { own = Own(tokens[place + 1], in: ranked) }
    }
    return places
  }
}
