// The GPT with products in half precision against the same GPT in single precision.
import Models
import Tensors
import TestSupport
import Testing

struct HalfPrecisionTests {
  /// Shapes that fit the kernels' blocks and shapes that do not; attention over several blocks.
  static let variants =
    ReferenceComparisonTests.variants + [
      .init(
        name: "two heads of 32, 150 tokens, a vocabulary of several tiles",
        configuration: ModelConfiguration(
          layerCount: 2, headCount: 2, embeddingWidth: 64, contextLength: 150,
          vocabularySize: 2_100, usedVocabularySize: 2_090),
        rows: 3, columns: 150, ignoredEvery: 7),
      .init(
        name: "five heads of 64, 200 tokens",
        configuration: ModelConfiguration(
          layerCount: 1, headCount: 5, embeddingWidth: 320, contextLength: 200,
          vocabularySize: 1_003, dropout: 0.1, tiedEmbeddings: false, headBias: true),
        rows: 1, columns: 200),
      .init(
        name: "more rows than a gradient's part that is transposed at a time",
        configuration: ModelConfiguration(
          layerCount: 1, headCount: 2, embeddingWidth: 48, contextLength: 230,
          vocabularySize: 60),
        rows: 5, columns: 230),
    ]

  private func models(
    _ configuration: ModelConfiguration, threadCount: Int = 2
  ) -> (single: GPT, half: GPT) {
    let single = GPT.random(configuration, trainable: true, threadCount: threadCount)
    let half = GPT(
      configuration, precision: .half, trainable: true,
      team: ThreadTeam(threadCount: threadCount))
    half.parameters.vector.copy(from: single.parameters.vector)
    half.parametersDidChange()
    return (single, half)
  }

  /// √(Σ (a - b)²) / √(Σ b²)
  private func distance(_ a: Vector, _ b: Vector) -> Double {
    var (difference, size) = (0.0, 0.0)
    for index in 0..<a.count {
      difference += Double(a[index] - b[index]) * Double(a[index] - b[index])
      size += Double(b[index]) * Double(b[index])
    }
    return (difference / max(size, 1e-30)).squareRoot()
  }

  private func roundParameters(of model: GPT) {
    let values = model.parameters.vector
    let row = Matrix(values, rows: 1, columns: values.count)
    let half = BFloat16Matrix.zeros(1, values.count)
    half.round(row)
    half.widen(into: row)
    model.parametersDidChange()
  }

  @Test(arguments: variants)
  func lossAndGradientsAreThoseOfSinglePrecisionUpToRounding(
    _ variant: ReferenceComparisonTests.Variant
  ) throws {
    let (single, half) = models(variant.configuration)
    let batch = variant.batch
    let expected = single.accumulateGradients(batch, dropout: variant.dropout)
    let found = half.accumulateGradients(batch, dropout: variant.dropout)
    #expect(found.tokenCount == expected.tokenCount)
    #expect(abs(found.total / expected.total - 1) < 5e-3, "\(found.total) \(expected.total)")
    let gradients = (try #require(half.gradients), try #require(single.gradients))
    // How much rounding matters to this model: what it does to the gradients if only the
    // parameters are rounded. In half precision the activations and their gradients are as well.
    let rounded = models(variant.configuration).single
    roundParameters(of: rounded)
    _ = rounded.accumulateGradients(batch, dropout: variant.dropout)
    let unavoidable = distance(try #require(rounded.gradients).vector, gradients.1.vector)
    // Else the bound below would say nothing.
    #expect(unavoidable < 0.05)
    for entry in single.layout.entries {
      let error = distance(gradients.0.vector(entry), gradients.1.vector(entry))
      #expect(error < 4 * unavoidable, "\(entry.name): \(error), of rounding \(unavoidable)")
    }
    // A second pass adds the same again.
    let before = gradients.0.vector.array
    _ = half.accumulateGradients(batch, dropout: variant.dropout)
    #expect(
      gradients.0.vector.array.elementsEqual(before) { abs($0 - 2 * $1) <= 1e-5 + 1e-3 * abs($1) })
  }

  @Test(arguments: variants)
  func evaluationAndLogitsAreThoseOfSinglePrecisionUpToRounding(
    _ variant: ReferenceComparisonTests.Variant
  ) {
    let (single, half) = models(variant.configuration)
    let batch = variant.batch
    let (expected, found) = (single.evaluate(batch), half.evaluate(batch))
    #expect(found.tokenCount == expected.tokenCount)
    #expect(abs(found.total / expected.total - 1) < 5e-3)
    #expect(distance(half.logits(batch).vector, single.logits(batch).vector) < 0.02)
    let tokens = Array(batch.inputs.prefix(batch.columns))
    #expect(distance(half.nextTokenLogits(tokens), single.nextTokenLogits(tokens)) < 0.02)
  }

  /// A softmax does not see what is added to all logits; rounding them must not either.
  @Test func whatIsAddedToAllLogitsChangesNoGradient() throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 32, contextLength: 8, vocabularySize: 6,
      tiedEmbeddings: false, headBias: true)
    let batch = TokenBatch.random(2, 8, below: 6)
    let gradients = try [Float(0), -80].map { offset in
      let half = models(configuration).half
      let bias = half.parameters.vector(try #require(half.layout["lm_head.bias"]))
      for index in 0..<bias.count { bias[index] += offset }
      half.parametersDidChange()
      _ = half.accumulateGradients(batch, dropout: nil)
      return try #require(half.gradients).vector
    }
    #expect(distance(gradients[1], gradients[0]) < 0.01)
  }

  /// Products add up to the last bit alike however rows are shared out.
  @Test(arguments: variants.suffix(3))
  func theNumberOfThreadsChangesNothing(_ variant: ReferenceComparisonTests.Variant) throws {
    let results = try [1, 3].map { threadCount in
      let half = models(variant.configuration, threadCount: threadCount).half
      let loss = half.accumulateGradients(variant.batch, dropout: variant.dropout)
      return (loss, try #require(half.gradients).vector.array)
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
  }

  /// New parameters need new packed weights.
  @Test func writtenParametersAreSeen() {
    let half = models(Self.variants[0].configuration).half
    let before = half.evaluate(Self.variants[0].batch).total
    half.parameters.vector.fill(0)
    half.parametersDidChange()
    #expect(half.evaluate(Self.variants[0].batch).total != before)
  }
}
