// The GPT against the naive one in Double: logits, loss, and gradients by central differences.
import Models
import Tensors
import TestSupport
import Testing

struct ReferenceComparisonTests {
  struct Variant: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: ModelConfiguration
    let rows: Int
    let columns: Int
    var ignoredEvery: Int?
    var testDescription: String { name }

    var batch: TokenBatch {
      .random(
        rows, columns, below: configuration.usedVocabularySize, ignoredEvery: ignoredEvery)
    }
    var dropout: DropoutSource? {
      configuration.dropout > 0 ? DropoutSource(seed: 77, step: 12, firstRow: 5) : nil
    }
  }

  /// Lengths around one and two of the attention's blocks of 64 queries.
  static let variants = [
    Variant(
      name: "biases, tied, GELU tanh, short",
      configuration: ModelConfiguration(
        layerCount: 2, headCount: 2, embeddingWidth: 16, contextLength: 8, vocabularySize: 19),
      rows: 3, columns: 5),
    Variant(
      name: "one token, padded vocabulary, ignored targets",
      configuration: ModelConfiguration(
        layerCount: 2, headCount: 4, embeddingWidth: 20, contextLength: 3, vocabularySize: 32,
        usedVocabularySize: 23, activation: .relu),
      rows: 7, columns: 1, ignoredEvery: 3),
    Variant(
      name: "no biases, own head with bias, GELU erf, 130 tokens",
      configuration: ModelConfiguration(
        layerCount: 2, headCount: 1, embeddingWidth: 12, contextLength: 130, vocabularySize: 17,
        bias: false, activation: .geluErf, tiedEmbeddings: false, headBias: true),
      rows: 1, columns: 130),
    Variant(
      name: "own head without bias, ReLU, 200 tokens, dropout, three heads",
      configuration: ModelConfiguration(
        layerCount: 1, headCount: 3, embeddingWidth: 24, contextLength: 200, vocabularySize: 11,
        dropout: 0.2, activation: .relu, tiedEmbeddings: false),
      rows: 2, columns: 200),
    Variant(
      name: "65 tokens, padded vocabulary, dropout",
      configuration: ModelConfiguration(
        layerCount: 1, headCount: 2, embeddingWidth: 12, contextLength: 70, vocabularySize: 14,
        usedVocabularySize: 12, dropout: 0.3),
      rows: 2, columns: 65),
    Variant(
      name: "everything at once, 129 tokens",
      configuration: ModelConfiguration(
        layerCount: 3, headCount: 2, embeddingWidth: 14, contextLength: 140, vocabularySize: 16,
        usedVocabularySize: 13, dropout: 0.1, bias: false),
      rows: 2, columns: 129, ignoredEvery: 5),
    Variant(
      name: "own head with bias, padded, dropout, 128 tokens",
      configuration: ModelConfiguration(
        layerCount: 2, headCount: 2, embeddingWidth: 10, contextLength: 128, vocabularySize: 16,
        usedVocabularySize: 15, dropout: 0.4, activation: .geluErf, tiedEmbeddings: false,
        headBias: true),
      rows: 1, columns: 128, ignoredEvery: 9),
  ]

  @Test(arguments: variants)
  func logitsAreThoseOfTheReference(_ variant: Variant) {
    let model = GPT.random(variant.configuration)
    let expected = ReferenceGPT(model).logits(variant.batch, dropout: nil)
    let worst = WorstError("logits", model.logits(variant.batch).array, expected.flatMap { $0 })
    #expect(worst.error < 1e-5, "\(worst)")
  }

  @Test(arguments: variants)
  func lossIsThatOfTheReference(_ variant: Variant) {
    let model = GPT.random(variant.configuration)
    let batch = variant.batch
    let loss = model.accumulateGradients(batch, dropout: variant.dropout)
    let expected = ReferenceGPT(model).loss(batch, dropout: variant.dropout)
    #expect(loss.tokenCount == batch.targets.count { $0 >= 0 })
    #expect(abs(loss.total - expected) < 1e-6 * expected, "\(loss.total), expected \(expected)")
  }

  /// The gradient along random directions, one parameter tensor at a time.
  @Test(arguments: variants)
  func gradientsAreTheReferencesDifferences(_ variant: Variant) {
    let model = GPT.random(variant.configuration)
    let batch = variant.batch
    _ = model.accumulateGradients(batch, dropout: variant.dropout)
    let reference = ReferenceGPT(model)
    for (number, entry) in model.layout.entries.enumerated() {
      let gradient = model.gradient(entry).map(Double.init)
      for seed in 0..<2 {
        let direction = randomValues(entry.count, seed: 50_000 + 10 * number + seed)
          .map(Double.init)
        let slope = reference.slope(
          of: entry.name, along: direction, batch, dropout: variant.dropout)
        let projected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let error = abs(projected - slope) / norm(gradient)
        #expect(error < 2e-5, "\(entry.name): \(projected) along a direction, expected \(slope)")
      }
    }
  }

  @Test func unusedRowsGetNoGradient() throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 8, contextLength: 12, vocabularySize: 20,
      usedVocabularySize: 15, tiedEmbeddings: false, headBias: true)
    let model = GPT.random(configuration)
    _ = model.accumulateGradients(.random(2, 9, below: 15), dropout: nil)
    for (name, firstUnused) in [
      ("wpe.weight", 9 * 8), ("wte.weight", 15 * 8), ("lm_head.weight", 15 * 8),
      ("lm_head.bias", 15),
    ] {
      let entry = try #require(model.layout[name])
      let gradient = model.gradient(entry)
      #expect(gradient[firstUnused...].allSatisfy { $0 == 0 }, "\(name)")
      #expect(gradient[..<firstUnused].contains { $0 != 0 }, "\(name)")
    }
  }

  @Test func aBatchWithoutTargetsHasNoLossAndNoGradient() throws {
    let model = GPT.random(Self.variants[0].configuration)
    let batch = TokenBatch(rows: 1, columns: 3, inputs: [1, 2, 3], targets: [-1, -1, -1])
    #expect(model.accumulateGradients(batch, dropout: nil) == LossSum())
    let gradients = try #require(model.gradients)
    #expect(gradients.vector.array.allSatisfy { $0 == 0 })
  }
}

extension ReferenceGPT {
  /// Derivative of the loss along a direction of one parameter tensor, by central difference.
  fileprivate func slope(
    of name: String, along direction: [Double], _ batch: TokenBatch, dropout: DropoutSource?
  ) -> Double {
    // So small that hardly any ReLU crosses its kink in between.
    let step = 1e-7
    func loss(_ distance: Double) -> Double {
      var moved = self
      moved.parameters[name] = zip(parameters[name] ?? [], direction).map {
        $0 + distance * $1
      }
      return moved.loss(batch, dropout: dropout)
    }
    return (loss(step) - loss(-step)) / (2 * step)
  }
}
