// Sequences are scored as the model alone scores them, whatever has been read before.
import Models
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SequenceScorerTests {
  private static let configuration = ModelConfiguration(
    layerCount: 2, headCount: 2, embeddingWidth: 16, contextLength: 100, vocabularySize: 24,
    usedVocabularySize: 21)

  /// log p by the naive model.
  private static func expected(_ model: ReferenceGPT, _ tokens: [Int32]) -> [Double] {
    let rows = model.logits(TokenBatch(context: tokens), dropout: nil)
    return zip(rows, tokens.dropFirst()).map { row, token in
      row[Int(token)] - log(row.reduce(0) { $0 + exp($1) })
    }
  }

  /// Longer than a chunk, shorter, beginning alike, the same again, and one token.
  @Test func probabilitiesAreTheModels() throws {
    let model = GPT.random(Self.configuration, trainable: false)
    let reference = ReferenceGPT(model)
    let scorer = SequenceScorer(GPTDecoding(model, team: ThreadTeam(threadCount: 1)))
    let first = randomTokens(100, below: 21, seed: 1)
    let second = randomTokens(40, below: 21, seed: 2)
    let sequences = [
      first, Array(first.prefix(50)), first.prefix(30) + second, first.prefix(30) + second,
      second, [second[0]], first,
    ]
    for (index, sequence) in sequences.enumerated() {
      // Reading something else in between must not matter.
      if index == 3 { _ = try scorer.successors(of: Array(first.prefix(60))) }
      let found = try scorer.logProbabilities(of: sequence)
      let expected = Self.expected(reference, sequence)
      #expect(found.count == expected.count)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "sequence \(index)")
      #expect(abs(try scorer.logLikelihood(of: sequence) - expected.reduce(0, +)) < 1e-3)
    }
  }

  @Test func successorsAreADistribution() throws {
    let model = GPT.random(Self.configuration, trainable: false)
    let scorer = SequenceScorer(UncachedDecoding(model))
    let successors = try scorer.successors(of: [3, 1, 4])
    #expect(successors.count == 21)
    #expect(abs(successors.reduce(0) { $0 + exp($1) } - 1) < 1e-5)
    #expect(abs(successors[5] - (try scorer.logProbabilities(of: [3, 1, 4, 5])[2])) < 1e-5)
  }

  /// Of no token may be said how likely it is; what was known before stays right.
  @Test(arguments: [Float.nan, .infinity])
  func logitsThatAreNotFiniteAreAnError(value: Float) throws {
    let model = GPT.random(Self.configuration, trainable: false)
    let scorer = SequenceScorer(UncachedDecoding(model))
    let before = try scorer.logProbabilities(of: [3, 1, 4, 5])
    let place = try #require(model.layout["wpe.weight"]).offset + 4 * 16
    let kept = model.parameters.vector[place]
    model.parameters.vector[place] = value
    #expect(throws: GenerationError.notFinite(tokenCount: 5)) {
      try scorer.logProbabilities(of: [3, 1, 4, 5, 9, 2])
    }
    #expect(throws: GenerationError.notFinite(tokenCount: 5)) {
      try scorer.successors(of: [3, 1, 4, 5, 9])
    }
    // Another beginning, of which nothing may be taken for the known one.
    #expect(throws: GenerationError.notFinite(tokenCount: 5)) {
      try scorer.logProbabilities(of: [3, 2, 6, 7, 9, 2])
    }
    _ = try scorer.successors(of: [3, 1, 4, 5])
    #expect(try scorer.logProbabilities(of: [3, 1, 4, 5]) == before)
    model.parameters.vector[place] = kept
    #expect(try scorer.logProbabilities(of: [3, 1, 4, 5, 9, 2]).prefix(3) == before[...])
  }
}
