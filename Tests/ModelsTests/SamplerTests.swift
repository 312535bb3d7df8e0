// Tokens are drawn as often as their probabilities say, after every filter and after all of them.
import Models
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SamplerTests {
  static let logits: [Float] = [2.5, 1.9, 1.2, 1.1, 0.4, 0, -0.6, -0.8, -1.5, -3]
  /// Tokens that the model has seen, one of them twice.
  static let text: [Int32] = [0, 4, 7, 0]

  static let variants = [
    Sampling(), Sampling(temperature: 0.6), Sampling(temperature: 1.7), Sampling(topK: 3),
    Sampling(topP: 0.85), Sampling(minP: 0.1), Sampling(repetitionPenalty: 1.4),
    Sampling(temperature: 1.3, topK: 8, topP: 0.9, minP: 0.08, repetitionPenalty: 1.2),
    // In another order, or without one of them, two filters leave other tokens.
    Sampling(temperature: 1.4, topK: 4, topP: 0.8), Sampling(temperature: 1.5, topK: 8, minP: 0.2),
    Sampling(temperature: 1.2, topP: 0.84, minP: 0.26),
  ]

  /// The filters one after the other, each over what the one before has left.
  static func expected(_ sampling: Sampling) -> [Double] {
    var logits = Self.logits.map(Double.init)
    for token in Set(text) {
      let penalty = sampling.repetitionPenalty
      logits[Int(token)] *= logits[Int(token)] > 0 ? 1 / penalty : penalty
    }
    var probabilities = normalized(logits.map { exp($0 / sampling.temperature) })
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    for token in order.dropFirst(sampling.topK ?? order.count) { probabilities[token] = 0 }
    probabilities = normalized(probabilities)
    var before = 0.0
    for token in order {
      let own = probabilities[token]
      if before >= sampling.topP { probabilities[token] = 0 }
      before += own
    }
    let least = sampling.minP * (probabilities.max() ?? 0)
    return normalized(probabilities.map { $0 < least ? 0 : $0 })
  }

  private static func normalized(_ values: [Double]) -> [Double] {
    values.map { $0 / values.reduce(0, +) }
  }

  @Test(arguments: variants)
  func theDistributionIsTheFiltersOne(_ sampling: Sampling) {
    let expected = Self.expected(sampling)
    var sampler = Sampler(sampling, vocabularySize: Self.logits.count)
    let found = sampler.distribution(Vector(Self.logits), after: Self.text)
    #expect(found.count == expected.count { $0 > 0 })
    for candidate in found {
      #expect(abs(Double(candidate.probability) - expected[Int(candidate.token)]) < 1e-6)
    }
    #expect(found.map(\.probability) == found.map(\.probability).sorted(by: >))
  }

  /// Chi-square, with limits that a right sampler passes in 999 of 1,000 runs; this run is always
  /// the same.
  @Test(arguments: variants)
  func drawsFollowTheDistribution(_ sampling: Sampling) {
    let expected = Self.expected(sampling)
    var sampler = Sampler(sampling, vocabularySize: Self.logits.count)
    let random = RandomStream(seed: 5, stream: 0)
    let draws = 20_000
    var counts = [Double](repeating: 0, count: expected.count)
    for draw in 0..<draws {
      let token = sampler.token(
        Vector(Self.logits), after: Self.text, uniform: random.uniform(UInt64(draw)))
      counts[Int(token)] += 1
    }
    var statistic = 0.0
    for (count, probability) in zip(counts, expected) {
      let mean = probability * Double(draws)
      if mean == 0 {
        #expect(count == 0)
      } else {
        statistic += (count - mean) * (count - mean) / mean
      }
    }
    let limits = [0, 10.8, 13.8, 16.3, 18.5, 20.5, 22.5, 24.3, 26.1, 27.9]
    let freedom = expected.count { $0 > 0 } - 1
    #expect(freedom >= 1)
    #expect(statistic < limits[freedom], "\(statistic) with \(freedom) degrees of freedom")
  }

  /// A filter that is left out shows: no two of the variants are alike.
  @Test func theVariantsDiffer() {
    let all = Self.variants.map(Self.expected)
    for (index, some) in all.enumerated() {
      #expect(!all[..<index].contains { zip($0, some).allSatisfy { abs($0 - $1) < 0.003 } })
    }
  }

  @Test func withoutTemperatureTheLikeliestIsTaken() {
    var sampler = Sampler(Sampling(temperature: 0), vocabularySize: 10)
    #expect(sampler.token(Vector(Self.logits), after: [], uniform: 0.99) == 0)
    var penalized = Sampler(
      Sampling(temperature: 0, repetitionPenalty: 2), vocabularySize: 10)
    #expect(penalized.token(Vector(Self.logits), after: [0], uniform: 0) == 1)
  }
}

@Suite struct TokenGeneratorTests {
  private static let configuration = ModelConfiguration(
    layerCount: 1, headCount: 2, embeddingWidth: 16, contextLength: 12, vocabularySize: 20)

  private static func text(
    _ model: GPT = .random(configuration, trainable: false),
    _ sampling: Sampling = Sampling(topK: 10), after prompt: [Int32] = [1, 2, 3], seed: UInt64,
    sample: Int = 0, count: Int = 30
  ) throws -> [Int32] {
    var generator = TokenGenerator(
      GPTDecoding(model, team: ThreadTeam(threadCount: 1)), sampling, seed: seed, sample: sample)
    var text: [Int32] = []
    try generator.generate(prompt, count: count) {
      text.append($0)
      return true
    }
    return text
  }

  @Test func aSeedGivesOneText() throws {
    let text = try Self.text(seed: 7)
    #expect(text.count == 30)
    #expect(try Self.text(seed: 7) == text)
    #expect(try Self.text(seed: 8) != text)
    #expect(try Self.text(seed: 7, sample: 1) != text)
    // A longer text begins as the shorter one.
    #expect(Array(try Self.text(seed: 7, count: 40).prefix(30)) == text)
  }

  /// Where all tokens are alike, only the random numbers tell which comes next.
  @Test func everyTokenOfEverySampleIsDrawnAnew() throws {
    let model = GPT(Self.configuration, trainable: false, team: ThreadTeam(threadCount: 1))
    let samples = try (0..<3).map {
      try Self.text(model, Sampling(), seed: 7, sample: $0, count: 200)
    }
    #expect(samples.allSatisfy { Set($0).count >= 19 })
    #expect(Set(samples).count == 3)
  }

  /// A token that the model no longer sees counts as new.
  @Test func theRepetitionPenaltyGoesAsFarBackAsTheContext() throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 8, contextLength: 4, vocabularySize: 3,
      tiedEmbeddings: false, headBias: true)
    let model = GPT(configuration, trainable: false, team: ThreadTeam(threadCount: 1))
    let bias = model.parameters.vector(try #require(model.layout["lm_head.bias"]))
    bias.copy(from: Vector([3, 2, 1]))
    let text = try Self.text(
      model, Sampling(temperature: 0, repetitionPenalty: 10), after: [0], seed: 1, count: 7)
    // What is seen: 0, 01, 012, 0120, 200, 2001, 010.
    #expect(text == [1, 2, 0, 0, 1, 0, 2])
  }

  @Test func whoTakesTheTextEndsIt() throws {
    let model = GPT.random(Self.configuration, trainable: false)
    var generator = TokenGenerator(UncachedDecoding(model), Sampling(), seed: 1)
    var count = 0
    try generator.generate([1], count: 100) { _ in
      count += 1
      return count < 4
    }
    #expect(count == 4)
  }

  @Test(arguments: [Sampling(temperature: 0), Sampling(), Sampling(topK: 3), Sampling(topP: 0.5)])
  func logitsThatAreNotFiniteEndTheText(sampling: Sampling) {
    for value in [Float.nan, .infinity] {
      let model = GPT.random(Self.configuration, trainable: false)
      model.parameters.vector[5] = value
      var generator = TokenGenerator(UncachedDecoding(model), sampling, seed: 1)
      #expect(throws: GenerationError.notFinite(tokenCount: 2)) {
        try generator.generate([0, 1], count: 3) { _ in true }
      }
    }
  }

  @Test(
    arguments: [Sampling(temperature: 0), Sampling(), Sampling(topK: 3), Sampling(minP: 0.01)],
    [1, 1.1])
  func excludedTokensAreNeverDrawn(sampling: Sampling, penalty: Double) {
    var settings = sampling
    settings.repetitionPenalty = penalty
    var sampler = Sampler(settings, vocabularySize: 4, excluded: [2])
    for place in 0..<32 {
      let token = sampler.token(
        Vector([0, 1, 5, 1]), after: [2], uniform: (Double(place) + 0.5) / 32)
      #expect(token != 2)
    }
  }
}
