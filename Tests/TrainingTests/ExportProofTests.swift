// What a proof finds in copies that are the model, and in copies that are not.
import Models
import Tensors
import TestSupport
import Testing
import Training

struct ExportProofTests {
  private let model = GPT.random(
    ModelConfiguration(
      layerCount: 2, headCount: 2, embeddingWidth: 16, contextLength: 16, vocabularySize: 11),
    trainable: false)
  private let text = (0..<100).map { Int32($0 * $0 % 11) }

  private func proof(
    _ text: [Int32], _ change: (GPT) throws -> Void = { _ in }
  ) throws -> ExportProof {
    let copy = GPT(model.configuration, trainable: false, team: ThreadTeam(threadCount: 1))
    copy.parameters.vector.copy(from: model.parameters.vector)
    try change(copy)
    copy.parametersDidChange()
    return ExportProof(
      original: UncachedDecoding(model), copy: UncachedDecoding(copy), text: text)
  }

  private func start(_ name: String) throws -> Int { try #require(model.layout[name]).offset }

  @Test(arguments: [0, 100])
  func aCopyHasNoFaults(textCount: Int) throws {
    let proof = try proof(Array(text.prefix(textCount)))
    #expect(proof.faults(.exact).isEmpty)
    #expect(proof.largestLogitDifference == 0 && proof.perplexityChange == 0)
    #expect(proof.tokenCount == (textCount == 0 ? 512 : 99))
    #expect(proof.greedyAgreement == ExportProof.greedyCount)
  }

  /// The first, the middle and the last of what a model reads.
  @Test(arguments: ["wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "ln_f.bias"])
  func oneOtherNumberIsFound(name: String) throws {
    let proof = try proof(text) { $0.parameters.vector[try start(name)] += 0.5 }
    #expect(proof.largestLogitDifference > 1e-3)
    #expect(!proof.faults(.exact).isEmpty)
  }

  @Test func theLastPositionIsLookedAt() throws {
    let last = try start("wpe.weight") + 15 * 16
    let proof = try proof(text) { $0.parameters.vector[last] += 0.5 }
    #expect(!proof.faults(.exact).isEmpty)
  }

  @Test(arguments: [Float.nan, .infinity])
  func whatIsNoNumberIsAFaultWithinAnyLimits(value: Float) throws {
    let proof = try proof(text) { $0.parameters.vector[try start("ln_f.bias")] = value }
    let limits = ExportProof.Limits(
      logitDifference: .infinity, perplexityRise: .infinity, greedyTokensMustAgree: false)
    #expect(proof.faults(limits) == ["some logits are no finite numbers"])
  }
}
