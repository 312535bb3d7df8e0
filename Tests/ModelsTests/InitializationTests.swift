// How a model starts: sizes, initial values, first loss.
import Models
import Tensors
import TestSupport
import Testing

struct InitializationTests {
  static let presets: [(layers: Int, heads: Int, width: Int, parameters: Int)] = [
    (6, 6, 192, 12_515_520), (6, 6, 384, 30_339_456), (8, 8, 512, 51_475_968),
    (12, 12, 768, 124_439_808),
  ]

  @Test(arguments: presets)
  func parameterCounts(layers: Int, heads: Int, width: Int, parameters: Int) {
    let configuration = ModelConfiguration(
      layerCount: layers, headCount: heads, embeddingWidth: width, contextLength: 1_024,
      vocabularySize: 50_257)
    #expect(ModelSize(configuration).parameterCount == parameters)
    #expect(ParameterLayout.gpt(configuration).parameterCount == parameters)
  }

  /// nanoGPT's character model: 804,096 parameters without biases.
  @Test func parameterCountWithoutBiases() {
    let configuration = ModelConfiguration(
      layerCount: 4, headCount: 4, embeddingWidth: 128, contextLength: 64, vocabularySize: 65,
      bias: false)
    #expect(ModelSize(configuration).parameterCount == 804_096)
  }

  @Test func operationsPerTokenOfMicro() {
    let size = ModelSize(
      ModelConfiguration(
        layerCount: 6, headCount: 6, embeddingWidth: 384, contextLength: 1_024,
        vocabularySize: 50_257))
    // 6 × (12 · 384² · 6 + 384 · 50,257) for the products and 6 · 6 · 384 · 1,024 for attention.
    #expect(size.operationsPerToken == 63_700_992 + 115_792_128 + 14_155_776)
  }

  private func initialized(
    seed: UInt64, threadCount: Int, _ configuration: ModelConfiguration = small
  ) -> GPT {
    let team = ThreadTeam(threadCount: threadCount)
    let model = GPT(configuration, trainable: false, team: team)
    model.initialize(seed: seed, team: team)
    return model
  }

  private static let small = ModelConfiguration(
    layerCount: 6, headCount: 2, embeddingWidth: 96, contextLength: 64, vocabularySize: 500)

  @Test func threadCountDoesNotChangeABit() {
    let one = initialized(seed: 1, threadCount: 1).parameters.vector.array
    #expect(one == initialized(seed: 1, threadCount: 2).parameters.vector.array)
    #expect(one == initialized(seed: 1, threadCount: 3).parameters.vector.array)
  }

  @Test func seedAndNameMatter() throws {
    let (one, other) = (initialized(seed: 1, threadCount: 2), initialized(seed: 2, threadCount: 2))
    let first = try #require(one.layout["h.0.attn.c_attn.weight"])
    let second = try #require(one.layout["h.1.attn.c_attn.weight"])
    #expect(one.parameters.vector(first)[0] != other.parameters.vector(first)[0])
    #expect(one.parameters.vector(first).array != one.parameters.vector(second).array)
  }

  @Test func deviationsAreGPT2s() {
    let model = initialized(seed: 1_337, threadCount: 2)
    for entry in model.layout.entries {
      let values = model.parameters.vector(entry).array.map(Double.init)
      let name = entry.name
      if name.hasSuffix(".bias") {
        #expect(values.allSatisfy { $0 == 0 }, "\(name)")
      } else if name.contains("ln_") {
        #expect(values.allSatisfy { $0 == 1 }, "\(name)")
      } else {
        let expected = name.hasSuffix("c_proj.weight") ? 0.02 / 12.0.squareRoot() : 0.02
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let deviation = norm(values) / count.squareRoot()
        #expect(abs(mean) < 5 * expected / count.squareRoot(), "\(name)")
        #expect(abs(deviation / expected - 1) < 5 / (2 * count).squareRoot(), "\(name)")
      }
    }
  }

  /// ln V plus half the variance of the logits, 0.02² · C / 2, for a tied head and for its own.
  @Test(
    arguments: [
      (384, 50_257, true, 10.902), (384, 50_257, false, 10.902), (128, 65, true, 4.200),
      (256, 65, true, 4.226), (384, 65, true, 4.251),
    ])
  func firstLoss(width: Int, vocabulary: Int, isTied: Bool, expected: Double) {
    let configuration = ModelConfiguration(
      layerCount: 1, headCount: 4, embeddingWidth: width, contextLength: 64,
      vocabularySize: vocabulary, tiedEmbeddings: isTied)
    let model = initialized(seed: 1_337, threadCount: 2, configuration)
    let loss = model.evaluate(.random(8, 64, below: vocabulary))
    #expect(abs(loss.total / Double(loss.tokenCount) - expected) < 0.05)
  }
}
