// Which rows the head handles together, and which it leaves out.
import Models
import Tensors
import TestSupport
import Testing

struct HeadRowsTests {
  private static func configuration(
    _ vocabulary: Int, contextLength: Int
  ) -> ModelConfiguration {
    ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 40, contextLength: contextLength,
      vocabularySize: vocabulary, usedVocabularySize: vocabulary - 10, tiedEmbeddings: false,
      headBias: true)
  }

  private static func gradient(_ name: String, _ model: GPT) throws -> [Float] {
    model.gradient(try #require(model.layout[name]))
  }

  /// 48 MiB of exponentials are kept, 2,850 rows of these in half precision and 1,470 in single: the
  /// others are handled later.
  @Test(arguments: [(ProductPrecision.half, [20, 25]), (.single, [10, 13])])
  func rowsBeyondTheMemoryForExponentialsAddUp(
    precision: ProductPrecision, sequences: [Int]
  ) throws {
    let vocabulary = 8_200
    let all = sequences[0] + sequences[1]
    let batch = TokenBatch.random(all, 100, below: vocabulary - 10, ignoredEvery: 11)
    let configuration = Self.configuration(vocabulary, contextLength: 100)
    let (whole, parts) = (
      GPT.headAlone(configuration, precision, threadCount: 1),
      GPT.headAlone(configuration, precision, threadCount: 1)
    )
    let loss = whole.accumulateGradients(batch, dropout: nil)
    var sum = LossSum()
    for part in [0..<sequences[0], sequences[0]..<all] {
      sum += parts.accumulateGradients(batch.sequences(part), dropout: nil)
    }
    #expect(loss.tokenCount == sum.tokenCount)
    #expect(abs(loss.total / sum.total - 1) < 1e-9)
    for name in ["lm_head.weight", "lm_head.bias", "ln_f.bias", "wte.weight"] {
      let (one, other) = (try Self.gradient(name, whole), try Self.gradient(name, parts))
      let difference = norm(zip(one, other).map { Double($0 - $1) })
      // Only the order of sums in single precision differs, and in fixed point which rows share a
      // scale: of two factors each, 1 / 32700 of a norm is a unit.
      let isFixedPoint = precision == .half && HalfMultiply.best.isFixedPoint
      #expect(difference < (isFixedPoint ? 1e-5 : 1e-6) * norm(other.map(Double.init)), "\(name)")
    }
  }

  /// Context before what counts, targets left out here and there, nothing but context.
  private static let counted: [@Sendable (_ row: Int, _ column: Int) -> Bool] = [
    { $1 >= 50 }, { $1 == 64 }, { row, _ in row == 2 }, { 40 * $0 + $1 == 139 },
    { $1 % 3 == 0 && $0 != 1 }, { _, _ in false },
  ]

  /// In the memory of an evaluation and in that of a training step.
  @Test(arguments: [ProductPrecision.single, .half], [false, true])
  func ignoredTargetsChangeNoBitOfOtherLosses(precision: ProductPrecision, trained: Bool) {
    let configuration = Self.configuration(710, contextLength: 65)
    let model = GPT.random(configuration, precision: precision)
    let all = TokenBatch.random(4, 65, below: 700)
    if trained { _ = model.accumulateGradients(all, dropout: nil) }
    let losses = model.losses(all)
    for counts in Self.counted {
      let batch = all.counting(counts)
      let expected = zip(losses, batch.targets).map { $1 == TokenBatch.ignoredTarget ? 0 : $0 }
      // Compared outside: a macro would list hundreds of differences.
      let isSame = model.losses(batch) == expected
      #expect(isSame)
    }
    #expect(model.losses(all) == losses)
  }

  /// One row whose largest logit is far beyond the columns that are looked at first makes the head look
  /// again for all rows: their losses tell whether it has seen that row.
  @Test(arguments: [ProductPrecision.single, .half])
  func theHeadDoesNotSeeRowsThatAreContextOnly(precision: ProductPrecision) throws {
    let (strange, word, width) = (0, 599, 40)
    let model = GPT.headAlone(Self.configuration(610, contextLength: 50), precision)
    let tokens = model.parameters.vector(try #require(model.layout["wte.weight"]))
    tokens[strange * width..<(strange + 1) * width].fill(0)
    tokens[strange * width] = 100
    let weight = model.parameters.vector(try #require(model.layout["lm_head.weight"]))
    weight[word * width] += 9
    model.parametersDidChange()

    let usual = TokenBatch(
      rows: 2, columns: 50, inputs: randomTokens(100, below: 599, seed: 1).map { $0 + 1 },
      targets: randomTokens(100, below: 600, seed: 2))
    let isContext = usual.targets.indices.map { $0 % 50 < 30 }
    let changed = TokenBatch(
      rows: 2, columns: 50,
      inputs: zip(usual.inputs, isContext).map { $1 ? Int32(strange) : $0 }, targets: usual.targets)
    func losses(_ batch: TokenBatch) -> [Float] {
      zip(model.losses(batch), isContext).filter { !$1 }.map(\.0)
    }
    let expected = losses(usual)
    #expect(losses(changed) != expected)
    #expect(losses(changed.counting { $1 >= 30 }) == expected)
  }
}

extension TokenBatch {
  /// The same with targets that count in some places only.
  fileprivate func counting(_ counts: (_ row: Int, _ column: Int) -> Bool) -> TokenBatch {
    TokenBatch(
      rows: rows, columns: columns, inputs: inputs,
      targets: targets.enumerated().map { place, target in
        counts(place / columns, place % columns) ? target : Self.ignoredTarget
      })
  }
}
