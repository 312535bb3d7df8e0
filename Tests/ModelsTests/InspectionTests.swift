// What can be seen of a model is what it computes with.
import Models
import Tensors
import TestSupport
import Testing

@Suite struct InspectionTests {
  private static let configuration = ModelConfiguration(
    layerCount: 3, headCount: 4, embeddingWidth: 24, contextLength: 20, vocabularySize: 20,
    usedVocabularySize: 17)

  @Test(arguments: 0..<3)
  func attentionWeightsAreTheReferences(layer: Int) {
    let model = GPT.random(Self.configuration, trainable: false)
    let tokens = randomTokens(15, below: 17, seed: 3)
    let found = model.attentionWeights(tokens, layer: layer)
    let expected = ReferenceGPT(model).attentionWeights(tokens, layer: layer)
    #expect(found.count == 4)
    for (head, weights) in found.enumerated() {
      for query in tokens.indices {
        let row = weights.row(query).array.map(Double.init)
        #expect(row.count == 15)
        #expect(
          zip(row, expected[head][query]).allSatisfy { abs($0 - $1) < 1e-5 },
          "head \(head), token \(query)")
        #expect(row.dropFirst(query + 1).allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func aLookLeavesTheModelAsItIs() {
    let model = GPT.random(Self.configuration, trainable: false)
    let tokens = randomTokens(15, below: 17, seed: 3)
    let logits = model.nextTokenLogits(tokens).array
    _ = model.attentionWeights(tokens, layer: 0)
    #expect(model.nextTokenLogits(tokens).array == logits)
  }

  @Test func cosinesOfEmbeddings() {
    let model = GPT.random(Self.configuration, trainable: false)
    let own = model.tokenEmbedding(5).array.map(Double.init)
    let cosines = model.cosines(to: own)
    #expect(cosines.count == 17)
    #expect(abs(cosines[5] - 1) < 1e-6)
    #expect(cosines.allSatisfy { $0 <= 1 + 1e-6 && $0 >= -1 - 1e-6 })
    let opposite = model.cosines(to: own.map { -2 * $0 })
    #expect(zip(cosines, opposite).allSatisfy { abs($0 + $1) < 1e-9 })
  }

  @Test func lossesOfTargetsSumToTheBatchs() {
    let model = GPT.random(Self.configuration, trainable: false)
    let batch = TokenBatch.random(3, 12, below: 17, ignoredEvery: 4)
    let losses = model.losses(batch)
    #expect(losses.count == 36)
    for (loss, target) in zip(losses, batch.targets) {
      #expect((loss == 0) == (target == TokenBatch.ignoredTarget))
    }
    let sum = losses.reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum - model.evaluate(batch).total) < 1e-9)
  }
}
