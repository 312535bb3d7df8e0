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

  /// A token that the text does not have, and a position beyond its end.
  @Test(arguments: ["wte.weight", "wpe.weight"])
  func everyParameterIsCompared(name: String) throws {
    let entry = try #require(model.layout[name])
    let place = entry.offset + 15 * 16
    let copy = GPT(model.configuration, trainable: false, team: ThreadTeam(threadCount: 1))
    copy.parameters.vector.copy(from: model.parameters.vector)
    var proof = try proof([1, 2, 3])
    proof.compareParameters(of: model, layout: copy.layout) {
      (copy.parameters.vector($0), .f32)
    }
    #expect(proof.faults(.exact).isEmpty && proof.summary.hasPrefix("weights equal | "))
    #expect(proof.parameterCount == model.layout.parameterCount)
    copy.parameters.vector[min(place, entry.range.upperBound - 1)] += 1e-4
    proof.compareParameters(of: model, layout: copy.layout) {
      (copy.parameters.vector($0), .f32)
    }
    #expect(proof.faults(.exact) == ["\(name) holds other numbers"])
  }

  /// Values as weights are, with strays among them, all alike, none, tiny ones, large ones.
  private static let rows: [[Float]] = {
    let normal = randomValues(1_024, seed: 3)
    return [
      normal, normal.map { $0 * $0 * $0 }, normal.map { $0 * 1e-7 }, normal.map { $0 * 1_000 },
      normal.map { $0 * 0x1p-130 },
      normal.map { 1 + $0 / 100 }, normal.map { -5 - $0 / 100 }, normal.map { _ in 0.3 },
      normal.map { _ in 0 }, normal.map { abs($0) > 2.5 ? 100 * $0 : $0 },
      normal.indices.map { $0 % 256 < 32 ? normal[$0] : normal[$0] / 1_000 },
    ]
  }()

  @Test(arguments: TensorFormat.encodable)
  func roundingIsNoFault(format: TensorFormat) {
    for (index, row) in Self.rows.enumerated() {
      let original = Vector(row)
      let stored = Vector.zeros(row.count)
      let bytes = format.encode(
        Matrix(original, rows: 1, columns: row.count), team: ThreadTeam(threadCount: 1))
      format.decode(unsafe bytes.span.bytes, into: stored)
      #expect(format.compare(original, stored).isExplained, "row \(index)")
    }
  }

  @Test(arguments: TensorFormat.encodable)
  func otherValuesAreAFault(format: TensorFormat) {
    let original = Vector(Self.rows[0])
    let stored = Vector(Self.rows[0])
    #expect(format.compare(original, stored).isEqual)
    let largest = Self.rows[0].map(abs).max() ?? 0
    for value in [stored[700] + largest, -.infinity, .nan] {
      stored[700] = value
      #expect(!format.compare(original, stored).isExplained)
    }
    #expect(!format.compare(original, Vector(Self.rows[0].reversed())).isExplained)
  }

  @Test func theSummaryFitsALine() throws {
    let proof = try proof(text) { $0.parameters.vector[try start("wte.weight")] += 0.5 }
    #expect(proof.summary.contains(" of 64 greedy tokens | perplexity "))
    #expect("weights rounded | \(proof.summary)".count <= 100)
  }

  @Test(arguments: [Float.nan, .infinity])
  func whatIsNoNumberIsAFaultWithinAnyLimits(value: Float) throws {
    let proof = try proof(text) { $0.parameters.vector[try start("ln_f.bias")] = value }
    let limits = ExportProof.Limits(
      logitDifference: .infinity, perplexityRise: .infinity, greedyTokensMustAgree: false)
    #expect(proof.faults(limits) == ["some logits are no finite numbers"])
  }
}
