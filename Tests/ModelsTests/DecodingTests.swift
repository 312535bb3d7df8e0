// Reading with a cache gives what reading everything again gives.
import Models
import Tensors
import TestSupport
import Testing

struct DecodingTests {
  static let shapes = [
    ModelConfiguration(
      layerCount: 3, headCount: 2, embeddingWidth: 24, contextLength: 160, vocabularySize: 48,
      usedVocabularySize: 45),
    ModelConfiguration(
      layerCount: 2, headCount: 3, embeddingWidth: 192, contextLength: 150, vocabularySize: 301,
      bias: false, activation: .relu),
    ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 20, contextLength: 140, vocabularySize: 33,
      activation: .geluErf, tiedEmbeddings: false, headBias: true),
  ]

  @Test(arguments: shapes, [1, 3])
  func everyLogitIsTheReferences(configuration: ModelConfiguration, threads: Int) {
    let model = GPT.random(configuration, trainable: false)
    let tokens = TokenBatch.random(
      1, configuration.contextLength, below: configuration.usedVocabularySize
    ).inputs
    let expected = ReferenceGPT(model).logits(TokenBatch(context: tokens), dropout: nil)
    let scale = expected.joined().map(abs).max() ?? 0
    let decoding = GPTDecoding(model, team: ThreadTeam(threadCount: threads))
    // One by one, in parts longer and shorter than what is read together, and one by one again.
    var rows: [[Float]] = []
    for part in [0..<1, 1..<2, 2..<131, 131..<135] {
      let logits = decoding.logits(reading: Array(tokens[part]))
      rows += (0..<part.count).map { logits.row($0).array }
    }
    for token in tokens[135...] { rows.append(decoding.nextLogits(reading: [token]).array) }
    #expect(decoding.tokens == tokens)
    for (row, values) in rows.enumerated() {
      let error = WorstError("row \(row)", values, expected[row], relativeTo: scale)
      #expect(error.error < 2e-6, "\(error)")
    }
  }

  @Test func whatIsForgottenLeavesNoTrace() {
    let configuration = Self.shapes[0]
    let model = GPT.random(configuration, trainable: false)
    let team = ThreadTeam(threadCount: 1)
    let tokens = TokenBatch.random(1, 60, below: 45).inputs
    let other = TokenBatch.random(1, 60, below: 45, seed: 2).inputs
    // In the same parts: products of one row and of several round differently.
    let fresh = GPTDecoding(model, team: team)
    _ = fresh.nextLogits(reading: Array(tokens.prefix(20)))
    let expected = fresh.nextLogits(reading: Array(tokens.dropFirst(20))).array
    let used = GPTDecoding(model, team: team)
    _ = used.nextLogits(reading: Array(tokens.prefix(20)))
    _ = used.nextLogits(reading: other)
    #expect(used.nextLogits(after: tokens).array == expected)
    #expect(used.tokens == tokens)
    used.reset()
    _ = used.nextLogits(reading: Array(tokens.prefix(20)))
    #expect(used.nextLogits(after: tokens).array == expected)
  }

  /// A window into the parameters would keep the memory of all of them beside the copies.
  @Test func weightsInAnotherFormatLetTheModelsParametersGo() {
    let configuration = ModelConfiguration(
      layerCount: 2, headCount: 2, embeddingWidth: 32, contextLength: 20, vocabularySize: 40,
      tiedEmbeddings: false, headBias: true)
    let tokens = randomTokens(20, below: 40, seed: 1)
    /// The model goes at the end.
    func read(
      _ format: TensorFormat
    ) -> (decoding: GPTDecoding, parameters: () -> FloatBuffer?, logits: [Double]) {
      let model = GPT.random(configuration, trainable: false)
      return (
        GPTDecoding(model, format: format, team: ThreadTeam(threadCount: 1)),
        { [weak parameters = model.parameters] in parameters },
        model.nextTokenLogits(tokens).array.map(Double.init)
      )
    }
    for (format, bound) in [(TensorFormat.f16, 5e-3), (.q8, 0.05)] {
      let (decoding, parameters, expected) = read(format)
      #expect(parameters() == nil)
      let worst = WorstError("logits", decoding.nextLogits(reading: tokens).array, expected)
      #expect(worst.error < bound, "\(worst)")
    }
  }

  @Test func greedyTextIsTheSameWithAndWithoutTheCacheFarBeyondTheContext() throws {
    let configuration = Self.shapes[0]
    let model = GPT.random(configuration, trainable: false)
    let prompt = TokenBatch.random(1, 5, below: 45).inputs
    func text(_ state: any DecodingState) throws -> [Int32] {
      var tokens: [Int32] = []
      var generator = TokenGenerator(
        state, Sampling(temperature: 0, repetitionPenalty: 1.5), seed: 1)
      try generator.generate(prompt, count: 2 * configuration.contextLength + 7) {
        tokens.append($0)
        return true
      }
      return tokens
    }
    let cached = try text(GPTDecoding(model, team: ThreadTeam(threadCount: 2)))
    #expect(try cached == text(UncachedDecoding(model)))
    #expect(Set(cached).count > 1)
  }
}
