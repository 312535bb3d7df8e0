// Settings and logits at their ends: whatever they are, a token is drawn, and the right one.
import Models
import Tensors
import TestSupport
import Testing

struct SamplerLimitTests {
  /// More tokens than are added up in one go; the likeliest is not the first.
  private static let logits = randomValues(1_000, seed: 1, deviation: 4)
  private static let likeliest = logits.indices.max { logits[$0] < logits[$1] } ?? 0

  private static let filters = [
    Sampling(), Sampling(topK: 7), Sampling(topK: .max), Sampling(topP: 0.9), Sampling(minP: 0.5),
  ]

  private static func drawn(
    _ sampling: Sampling, _ logits: [Float] = Self.logits, after text: [Int32] = []
  ) -> Set<Int> {
    var sampler = Sampler(sampling, vocabularySize: logits.count)
    return Set(
      (0..<64).map {
        Int(sampler.token(Vector(logits), after: text, uniform: (Double($0) + 0.5) / 64))
      })
  }

  @Test(arguments: filters, [1e-6, 1e-9, 1e-20, 1e-38, 1e-60])
  func littleTemperatureTakesTheLikeliest(_ filter: Sampling, _ temperature: Double) {
    var sampling = filter
    sampling.temperature = temperature
    #expect(Self.drawn(sampling) == [Self.likeliest])
  }

  @Test func greatTemperatureMakesAllAlike() {
    for temperature in [1e9, 1e300] {
      var sampler = Sampler(
        Sampling(temperature: temperature, topK: 4), vocabularySize: Self.logits.count)
      let distribution = sampler.distribution(Vector(Self.logits), after: [])
      #expect(distribution.count == 4)
      #expect(distribution.allSatisfy { abs($0.probability - 0.25) < 1e-6 })
    }
  }

  private static let fromTheLikeliest = logits.indices.sorted { logits[$0] > logits[$1] }

  /// Far more tokens than are looked at first.
  @Test func manyOfTheLikeliestAreKept() {
    var sampler = Sampler(Sampling(topK: 200), vocabularySize: Self.logits.count)
    let distribution = sampler.distribution(Vector(Self.logits), after: [])
    #expect(distribution.map { Int($0.token) } == Array(Self.fromTheLikeliest.prefix(200)))
  }

  @Test func aNucleusOfAlmostAllProbabilityIsWhole() {
    let probabilities = Reference.softmax(Self.logits.map(Double.init))
    var sum = 0.0
    let nucleus = Self.fromTheLikeliest.prefix { token in
      defer { sum += probabilities[token] }
      return sum < 0.999
    }
    var sampler = Sampler(Sampling(topP: 0.999), vocabularySize: Self.logits.count)
    let distribution = sampler.distribution(Vector(Self.logits), after: [])
    #expect(distribution.map { Int($0.token) } == Array(nucleus))
  }

  @Test(arguments: filters)
  func anyPenaltyDrawsAToken(_ filter: Sampling) {
    var sampling = filter
    let seen = Int32(Self.likeliest)
    sampling.repetitionPenalty = 1e300
    #expect(Self.drawn(sampling, after: [seen]).isDisjoint(with: [Self.likeliest]))
    sampling.repetitionPenalty = 1e-300
    #expect(Self.drawn(sampling, after: [seen]) == [Self.likeliest])
  }

  @Test(arguments: filters)
  func tokensThatAreAlikeAreDrawnFromTheFirst(_ filter: Sampling) {
    let alike = [Float](repeating: 3, count: 300)
    var sampler = Sampler(filter, vocabularySize: alike.count)
    let distribution = sampler.distribution(Vector(alike), after: [])
    #expect(distribution.map(\.token) == distribution.indices.map(Int32.init))
    #expect(sampler.token(Vector(alike), after: [], uniform: 0) == 0)
    let last = sampler.token(Vector(alike), after: [], uniform: 1 - 0x1p-53)
    #expect(Int(last) == distribution.count - 1)
  }

  @Test(arguments: filters, [Float.nan, .infinity, -.infinity])
  func whatIsNoNumberEndsTheDraw(_ filter: Sampling, _ value: Float) {
    var logits = Self.logits
    logits[3] = value
    #expect(Self.drawn(filter, logits).allSatisfy { logits.indices.contains($0) })
    #expect(
      Self.drawn(filter, [Float](repeating: value, count: 40)).allSatisfy { $0 < 40 })
  }
}
