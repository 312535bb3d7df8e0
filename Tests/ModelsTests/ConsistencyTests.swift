// One model, many ways to ask: all of them must agree.
import Models
import Tensors
import TestSupport
import Testing

struct ConsistencyTests {
  private static let configuration = ModelConfiguration(
    layerCount: 3, headCount: 2, embeddingWidth: 24, contextLength: 160, vocabularySize: 48,
    usedVocabularySize: 45, dropout: 0.2)

  @Test func evaluationIsTheLossWithoutDropoutWhateverTheMemory() {
    let batch = TokenBatch.random(3, 150, below: 45, ignoredEvery: 11)
    let predicting = GPT.random(Self.configuration, trainable: false)
    let expected = predicting.evaluate(batch)
    #expect(expected.total > 0 && expected.tokenCount == batch.targetCount)

    let training = GPT.random(Self.configuration)
    #expect(training.evaluate(batch) == expected, "memory for evaluation only")
    let source = DropoutSource(seed: 1, step: 1, firstRow: 0)
    #expect(training.accumulateGradients(batch, dropout: source) != expected)
    #expect(training.evaluate(batch) == expected, "the training step's memory")
    #expect(training.accumulateGradients(batch, dropout: nil) == expected)
    _ = training.evaluate(batch.sequences(0..<1))
    #expect(training.accumulateGradients(batch, dropout: nil) == expected, "planned anew")
  }

  @Test(arguments: [1, 2, 16, 17, 63, 64, 65, 127, 128, 129, 160])
  func nextTokenLogitsAreTheLastRow(count: Int) {
    let batch = TokenBatch.random(1, count, below: 45)
    let model = GPT.random(Self.configuration, trainable: false)
    let all = model.logits(batch)
    let next = model.nextTokenLogits(batch.inputs)
    #expect(next.count == 45)
    // One row takes another way through the matrix product than many rows.
    let expected = all.row(count - 1).array.map(Double.init)
    #expect(WorstError("logits", next.array, expected).error < 1e-5)
  }

  @Test func theFutureDoesNotReachThePast() {
    let model = GPT.random(Self.configuration, trainable: false)
    let batch = TokenBatch.random(1, 150, below: 45)
    var changed = batch.inputs
    changed[140] = (changed[140] + 1) % 45
    let other = TokenBatch(rows: 1, columns: 150, inputs: changed, targets: batch.targets)
    let (before, after) = (model.logits(batch), model.logits(other))
    #expect(before.rows(0..<140).array == after.rows(0..<140).array)
    for row in 140..<150 { #expect(before.row(row).array != after.row(row).array) }
  }

  /// In fixed point up to 256 tokens share the scale of a value, so that later ones change roundings: by
  /// less than what roundings to bfloat16 change anyway.
  @Test func inHalfPrecisionTheFutureReachesRoundingsOnly() {
    let batch = TokenBatch.random(1, 150, below: 45)
    var changed = batch.inputs
    changed[140] = (changed[140] + 1) % 45
    let other = TokenBatch(rows: 1, columns: 150, inputs: changed, targets: batch.targets)
    func logits(_ precision: ProductPrecision, _ batch: TokenBatch) -> [Float] {
      let model = GPT.random(Self.configuration, precision: precision, trainable: false)
      return model.logits(batch).rows(0..<140).array
    }
    let before = logits(.half, batch)
    let exact = logits(.single, batch).map(Double.init)
    let moved = zip(logits(.half, other), before).map { Double($0 - $1) }
    let rounded = zip(before, exact).map { Double($0) - $1 }
    #expect(norm(moved) < (HalfMultiply.best.isFixedPoint ? norm(rounded) : 1e-30))
  }

  @Test func microBatchesAddUpToOneLargeBatch() throws {
    let batch = TokenBatch.random(4, 130, below: 45, ignoredEvery: 7)
    let whole = GPT.random(Self.configuration)
    let sum = whole.accumulateGradients(
      batch, dropout: DropoutSource(seed: 3, step: 9, firstRow: 20))
    let parts = GPT.random(Self.configuration)
    var partSum = LossSum()
    for rows in [0..<1, 1..<3, 3..<4] {
      partSum += parts.accumulateGradients(
        batch.sequences(rows),
        dropout: DropoutSource(seed: 3, step: 9, firstRow: 20 + rows.lowerBound))
    }
    #expect(partSum.tokenCount == sum.tokenCount)
    #expect(abs(partSum.total - sum.total) < 1e-6 * sum.total)
    for entry in whole.layout.entries {
      let expected = whole.gradient(entry).map(Double.init)
      let worst = WorstError(
        entry.name, parts.gradient(entry), expected, relativeTo: norm(expected))
      #expect(worst.error < 1e-5, "\(worst)")
    }
  }

  @Test func gradientsAccumulate() {
    let batch = TokenBatch.random(2, 20, below: 45)
    let model = GPT.random(Self.configuration)
    _ = model.accumulateGradients(batch, dropout: nil)
    let once = model.layout.entries.map { model.gradient($0).map(Double.init) }
    _ = model.accumulateGradients(batch, dropout: nil)
    for (entry, first) in zip(model.layout.entries, once) {
      let worst = WorstError(
        entry.name, model.gradient(entry), first.map { 2 * $0 }, relativeTo: norm(first))
      #expect(worst.error < 1e-5, "\(worst)")
    }
  }

  @Test(arguments: 1...3)
  func aRepeatedStepRepeatsToTheBit(threadCount: Int) throws {
    let batch = TokenBatch.random(2, 150, below: 45)
    let source = DropoutSource(seed: 3, step: 9, firstRow: 0)
    let first = GPT.random(Self.configuration, threadCount: threadCount)
    let second = GPT.random(Self.configuration, threadCount: threadCount)
    #expect(
      first.accumulateGradients(batch, dropout: source)
        == second.accumulateGradients(batch, dropout: source))
    let gradients = try #require(first.gradients)
    #expect(gradients.vector.array == second.gradients?.vector.array)
  }

  /// More than one panel of every layer, tile of the vocabulary and block of rows; more and fewer
  /// rows than those for which a layer's weight is packed as a whole.
  private static let wide = ModelConfiguration(
    layerCount: 1, headCount: 2, embeddingWidth: 160, contextLength: 160,
    vocabularySize: 1_100, dropout: 0.2)

  /// Where work is cut may depend on the threads, where a sum is cut may not.
  @Test(arguments: [ProductPrecision.single, .half], [1, 3])
  func anyNumberOfThreadsGivesTheSameBits(precision: ProductPrecision, rows: Int) throws {
    for configuration in [Self.configuration, Self.wide] {
      let batch = TokenBatch.random(rows, 150, below: configuration.usedVocabularySize)
      let source = DropoutSource(seed: 3, step: 9, firstRow: 0)
      func result(_ threadCount: Int) throws -> (loss: LossSum, gradients: [Float]) {
        let random = GPT.random(configuration, threadCount: threadCount)
        let model = GPT(
          configuration, precision: precision, trainable: true,
          team: ThreadTeam(threadCount: threadCount))
        model.parameters.vector.copy(from: random.parameters.vector)
        model.parametersDidChange()
        let loss = model.accumulateGradients(batch, dropout: source)
        return (loss, try #require(model.gradients).vector.array)
      }
      let alone = try result(1)
      for threadCount in [2, 3, 5, 8] {
        let shared = try result(threadCount)
        #expect(shared.loss == alone.loss)
        #expect(shared.gradients == alone.gradients, "\(threadCount) threads")
      }
    }
  }

  @Test func everyStepDropsOtherElements() {
    let batch = TokenBatch.random(2, 20, below: 45)
    let model = GPT.random(Self.configuration)
    func loss(seed: UInt64, step: Int, firstRow: Int) -> LossSum {
      model.accumulateGradients(
        batch, dropout: DropoutSource(seed: seed, step: step, firstRow: firstRow))
    }
    let first = loss(seed: 1, step: 1, firstRow: 0)
    #expect(loss(seed: 1, step: 1, firstRow: 0) == first)
    #expect(loss(seed: 2, step: 1, firstRow: 0) != first)
    #expect(loss(seed: 1, step: 2, firstRow: 0) != first)
    #expect(loss(seed: 1, step: 1, firstRow: 1) != first)
  }

  /// The memory plan of a head that needs more than one tile of logits.
  @Test func manyTilesOfLogitsAreOneLoss() throws {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 8, contextLength: 64, vocabularySize: 400_000)
    let batch = TokenBatch.random(2, 60, below: 400_000, ignoredEvery: 5)
    let model = GPT.random(configuration)
    let sum = model.accumulateGradients(batch, dropout: nil)
    #expect(sum == model.evaluate(batch))
    let logits = model.logits(batch)
    var expected = 0.0
    for (row, target) in batch.targets.enumerated() where target >= 0 {
      expected += Reference.crossEntropy(
        logits.row(row).array.map(Double.init), target: Int(target))
    }
    #expect(abs(sum.total - expected) < 1e-6 * expected)
  }

  @Test(arguments: [ProductPrecision.single, .half], [Recompute.attention, .block])
  func whatIsComputedTwiceChangesNoBitAndTakesLessMemory(
    _ precision: ProductPrecision, _ recompute: Recompute
  ) throws {
    let configuration = ModelConfiguration(
      layerCount: 3, headCount: 2, embeddingWidth: 32, contextLength: 40, vocabularySize: 31,
      dropout: 0.2)
    let batch = TokenBatch.random(2, 40, below: 31)
    let parameters = GPT.random(configuration).parameters
    let results = try [Recompute.none, recompute].map { recompute in
      let model = GPT(
        configuration, precision: precision, recompute: recompute, trainable: true,
        team: ThreadTeam(threadCount: 2))
      model.parameters.vector.copy(from: parameters.vector)
      model.parametersDidChange()
      let loss = model.accumulateGradients(
        batch, dropout: DropoutSource(seed: 3, step: 4, firstRow: 1))
      return (
        loss, try #require(model.gradients).vector.array, model.activationByteCount
      )
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1.elementsEqual(results[1].1))
    #expect(results[1].2 < results[0].2)
  }

  /// Per token: a residual stream before and after attention, two norms and the last one, queries, keys
  /// and values, attention and its projection, four widths before and after the activation: 18 widths.
  @Test func aModelThatOnlyPredictsKeepsOneResidualStream() {
    let width = 64
    let configuration = ModelConfiguration(
      layerCount: 3, headCount: 2, embeddingWidth: width, contextLength: 40, vocabularySize: 31)
    let model = GPT.random(configuration, trainable: false)
    let byteCounts = [4, 8].map { rows in
      _ = model.evaluate(.random(rows, 40, below: 31))
      return model.activationByteCount
    }
    let widths = Double(byteCounts[1] - byteCounts[0]) / Double(4 * 4 * 40 * width)
    // Statistics, and what the head keeps of a row, take a part of one more.
    #expect((18.0..<18.5).contains(widths), "\(widths)")
  }
}
