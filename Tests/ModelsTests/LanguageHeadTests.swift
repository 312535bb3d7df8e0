// The head at the edges of its tiles, blocks and references.
import Models
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct LanguageHeadTests {
  private func model(
    _ configuration: ModelConfiguration, _ precision: ProductPrecision = .single,
    threadCount: Int = 2
  ) -> GPT {
    let random = GPT.random(configuration)
    let model = GPT(
      configuration, precision: precision, trainable: true,
      team: ThreadTeam(threadCount: threadCount))
    model.parameters.vector.copy(from: random.parameters.vector)
    model.parametersDidChange()
    return model
  }

  /// A training step's memory serves evaluation too, however few tokens there are for many threads.
  @Test(arguments: [ProductPrecision.single, .half])
  func aTrainingStepsMemoryEvaluatesOnManyThreads(precision: ProductPrecision) {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 8, contextLength: 65, vocabularySize: 20)
    let batch = TokenBatch.random(2, 65, below: 20)
    let model = model(configuration, precision, threadCount: 8)
    let expected = model.accumulateGradients(batch, dropout: nil)
    for _ in 0..<20 { #expect(model.evaluate(batch) == expected) }
  }

  /// Loss, and what follows from the logits for the gradient of their bias: Σ softmax - onehot.
  private func expected(_ model: GPT, _ batch: TokenBatch) -> (loss: Double, gradient: [Double]) {
    let logits = model.logits(batch)
    var loss = 0.0
    var gradient = [Double](repeating: 0, count: logits.columns)
    for (row, target) in batch.targets.enumerated() where target >= 0 {
      let values = logits.row(row).array.map(Double.init)
      let own = Reference.crossEntropy(values, target: Int(target))
      let logSum = own + values[Int(target)]
      loss += own
      for (word, value) in values.enumerated() { gradient[word] += exp(value - logSum) }
      gradient[Int(target)] -= 1
    }
    return (loss, gradient)
  }

  @Test(
    arguments: [
      1, 2, 31, 32, 33, 255, 256, 257, 383, 384, 385, 511, 512, 513, 769, 1_025, 4_097,
    ],
    [ProductPrecision.single, .half])
  func gradientsOfTheBiasAreProbabilitiesLessTargets(
    vocabularySize: Int, precision: ProductPrecision
  ) throws {
    for (rows, columns, width) in [(1, 1, 6), (1, 33, 20), (3, 65, 24), (2, 60, 8), (11, 11, 8)] {
      let configuration = ModelConfiguration(
        layerCount: 1, headCount: 1, embeddingWidth: width, contextLength: 65,
        vocabularySize: vocabularySize, tiedEmbeddings: false, headBias: true)
      let model = model(configuration, precision, threadCount: 3)
      let batch = TokenBatch.random(
        rows, columns, below: vocabularySize, ignoredEvery: columns > 1 ? 4 : nil)
      let sum = model.accumulateGradients(batch, dropout: nil)
      let biasGradient = try #require(model.gradients).vector(
        try #require(model.layout["lm_head.bias"])
      ).array
      #expect(model.evaluate(batch) == sum)
      let (loss, expected) = expected(model, batch)
      let bound = precision == .half ? 5e-3 : 1e-5
      #expect(abs(sum.total - loss) <= 1e-5 * max(1, loss), "\(sum.total) \(loss)")
      let worst = WorstError("bias", biasGradient, expected, relativeTo: max(1, norm(expected)))
      #expect(worst.error < bound, "\(worst)")
    }
  }

  /// The largest logit lies beyond the columns that give a row its first reference, far above.
  @Test(arguments: [ProductPrecision.single, .half], [Float(30), 34, 36, 80, 100, 1_000, 100_000])
  func referencesFarBelowTheLargestLogit(precision: ProductPrecision, height: Float) throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 65,
      vocabularySize: 700, tiedEmbeddings: false, headBias: true)
    let model = model(configuration, precision)
    let bias = model.parameters.vector(try #require(model.layout["lm_head.bias"]))
    for word in 600..<605 { bias[word] += height }
    model.parametersDidChange()
    let batch = TokenBatch.random(1, 65, below: 700)
    let sum = model.accumulateGradients(batch, dropout: nil)
    let gradients = try #require(model.gradients)
    #expect(gradients.vector.array.allSatisfy { $0.isFinite })
    let found = gradients.vector(try #require(model.layout["lm_head.bias"])).array
    let (loss, expected) = expected(model, batch)
    #expect(abs(sum.total - loss) <= 1e-5 * loss, "\(sum.total) \(loss)")
    let worst = WorstError("bias", found, expected, relativeTo: norm(expected))
    #expect(worst.error < (precision == .half ? 5e-3 : 1e-4), "\(worst)")
  }

  @Test(arguments: [ProductPrecision.single, .half])
  func ignoredTargetsOnlyGiveNothing(precision: ProductPrecision) throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 70, vocabularySize: 40)
    let model = model(configuration, precision)
    let batch = TokenBatch.random(1, 70, below: 40, ignoredEvery: 1)
    #expect(model.accumulateGradients(batch, dropout: nil).total == 0)
    let gradients = try #require(model.gradients)
    #expect(gradients.vector.array.allSatisfy { $0 == 0 })
  }

  /// Not-a-number anywhere in the head reaches the loss.
  @Test(arguments: [ProductPrecision.single, .half], [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteReachesTheLoss(precision: ProductPrecision, value: Float) throws {
    for word in [0, 300, 699] {
      let configuration = ModelConfiguration(
        layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 8,
        vocabularySize: 700, tiedEmbeddings: false, headBias: true)
      let model = model(configuration, precision)
      let weight = model.parameters.vector(try #require(model.layout["lm_head.weight"]))
      weight[word * 16 + 3] = value
      model.parametersDidChange()
      let batch = TokenBatch.random(1, 8, below: 700)
      let sum = model.accumulateGradients(batch, dropout: nil)
      let gradientSum = VectorMath.sumOfSquares(
        try #require(model.gradients).vector, team: ThreadTeam(threadCount: 1))
      #expect(!sum.total.isFinite || !gradientSum.isFinite, "word \(word): \(sum.total)")
    }
  }
}
