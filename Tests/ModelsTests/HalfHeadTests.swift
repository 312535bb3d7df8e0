// Head and loss in half precision against the formulas in Double, given the same logits.
import Models
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct HalfHeadTests {
  /// Columns of the vocabulary that the head looks at first to judge how large logits are.
  private static let firstLooked = 256
  /// What rounding to bfloat16 changes at most, relatively.
  private static let rounding = 0x1p-8

  private static func configuration(_ vocabulary: Int) -> ModelConfiguration {
    ModelConfiguration(
      layerCount: 1, headCount: 1, embeddingWidth: 40, contextLength: 50,
      vocabularySize: vocabulary, usedVocabularySize: vocabulary - 10, tiedEmbeddings: false,
      headBias: true)
  }

  /// - Parameter offsets: added to the head's bias.
  private static func model(
    _ configuration: ModelConfiguration, threadCount: Int = 2, _ offsets: [Range<Int>: Float] = [:]
  ) throws -> GPT {
    let model = GPT.headAlone(configuration, .half, threadCount: threadCount)
    let bias = try parameter("lm_head.bias", model)
    for (range, offset) in offsets { for index in range { bias[index] += offset } }
    model.parametersDidChange()
    return model
  }

  private static func parameter(_ name: String, _ model: GPT) throws -> Vector {
    model.parameters.vector(try #require(model.layout[name]))
  }

  private static func gradient(_ name: String, _ model: GPT) throws -> [Float] {
    model.gradient(try #require(model.layout[name]))
  }

  /// The worst error in units of its bound.
  private func excess(_ actual: [Float], _ expected: HeadReference.Gradient) -> Double {
    var worst = 0.0
    for (index, value) in actual.prefix(expected.values.count).enumerated() {
      let rest = abs(Double(value) - expected.values[index]) / (expected.bounds[index] + 1e-6)
      if !(rest <= worst) { worst = rest.isNaN ? .infinity : rest }
    }
    return worst
  }

  /// Offsets of the logits that are looked at first. From -35 on, the sum tells that they say
  /// nothing about the others.
  @Test(arguments: [0, -30, -60, -200] as [Float], [nil, 3] as [Int?])
  func lossAndGradientsAreTheFormulas(offset: Float, ignoredEvery: Int?) throws {
    let configuration = Self.configuration(600)
    let model = try Self.model(configuration, [0..<Self.firstLooked: offset])
    let batch = TokenBatch.random(
      3, 47, below: configuration.usedVocabularySize, ignoredEvery: ignoredEvery)
    let loss = model.accumulateGradients(batch, dropout: nil)
    let expected = try HeadReference(model, batch, rounding: Self.rounding)
    // Single precision of logits as large as these.
    let bound = Double(batch.targetCount) * 1e-6 * Double(5 + abs(offset))
    #expect(abs(loss.total - expected.loss) < bound, "\(loss.total), expected \(expected.loss)")
    #expect(abs(model.evaluate(batch).total - loss.total) < 1e-9 * loss.total)
    for (name, gradient) in expected.gradients {
      let excess = excess(try Self.gradient(name, model), gradient)
      #expect(excess < 1, "\(name): \(excess) of what rounding allows")
    }
    // Padding of the vocabulary gets nothing.
    let padding = try Self.gradient("lm_head.bias", model)[configuration.usedVocabularySize...]
    #expect(padding.allSatisfy { $0 == 0 })
  }

  /// Exponentials of a word that lie ten powers of ten apart from one row to another, since what is looked
  /// at first is far below the largest logit of some rows only.
  @Test func rowsOfVeryDifferentLogitsKeepTheirGradients() throws {
    let configuration = Self.configuration(600)
    let model = try Self.model(configuration)
    let weight = try Self.parameter("lm_head.weight", model)
    let width = configuration.embeddingWidth
    for row in 0..<Self.firstLooked {
      for column in 0..<width { weight[row * width + column] = column == 0 ? 9 : 0 }
    }
    model.parametersDidChange()
    let batch = TokenBatch.random(6, 47, below: configuration.usedVocabularySize)
    let logits = model.logits(batch)
    let first = (0..<logits.rows).map { logits[$0, 0] }
    // Not so far that references would be set a second time.
    #expect((first.max() ?? 0) > 18 && -28..<(-18) ~= (first.min() ?? 0), "\(first)")
    _ = model.accumulateGradients(batch, dropout: nil)
    let expected = try HeadReference(model, batch, rounding: Self.rounding)
    for (name, gradient) in expected.gradients {
      let excess = excess(try Self.gradient(name, model), gradient)
      #expect(excess < 1, "\(name): \(excess) of what rounding allows")
    }
  }

  @Test func ignoredTargetsCostNothingAndChangeNothing() throws {
    let model = try Self.model(Self.configuration(600), [0..<Self.firstLooked: -200])
    var batch = TokenBatch.random(2, 40, below: 590)
    batch = TokenBatch(
      rows: 2, columns: 40, inputs: batch.inputs,
      targets: [Int32](repeating: TokenBatch.ignoredTarget, count: 80))
    #expect(model.accumulateGradients(batch, dropout: nil) == LossSum())
    #expect(model.evaluate(batch) == LossSum())
    #expect(try #require(model.gradients).vector.array.allSatisfy { $0 == 0 })
  }

  /// p - 1 would be nothing, or far off, if p were rounded first.
  @Test(arguments: [10, 12, 14] as [Float])
  func gradientOfAnAlmostCertainTargetIsAccurate(offset: Float) throws {
    let target: Int32 = 300
    let model = try Self.model(Self.configuration(600), [300..<301: offset])
    let batch = TokenBatch(rows: 1, columns: 1, inputs: [5], targets: [target])
    let loss = model.accumulateGradients(batch, dropout: nil).total
    let logits = model.logits(batch).array.map(Double.init)
    let others = logits.indices.filter { $0 != Int(target) }
    let odds = others.reduce(0) { $0 + exp(logits[$1] - logits[Int(target)]) }
    #expect(odds < 0.3)
    // Single precision of logits and sum.
    let bound = 4 * Double(offset + 4) * 0x1p-24
    #expect(abs(loss - log1p(odds)) < bound)
    let gradient = Double(try Self.gradient("lm_head.bias", model)[Int(target)])
    #expect(abs(gradient + odds / (1 + odds)) < bound)
    #expect(abs(gradient * (1 + odds) / odds + 1) < Self.rounding / 4, "\(gradient)")
  }

  @Test func notANumberReachesTheLoss() throws {
    let model = try Self.model(Self.configuration(600))
    try Self.parameter("wpe.weight", model)[3 * 40] = .nan
    model.parametersDidChange()
    let batch = TokenBatch.random(1, 6, below: 590)
    #expect(model.evaluate(batch).total.isNaN)
    #expect(model.accumulateGradients(batch, dropout: nil).total.isNaN)
  }

  /// Also where references are set a second time, and rows and vocabulary have several blocks.
  @Test(arguments: [0, -200] as [Float])
  func theNumberOfThreadsChangesNothing(offset: Float) throws {
    let configuration = Self.configuration(1_300)
    let batch = TokenBatch.random(5, 37, below: 1_290, ignoredEvery: 9)
    let results = try [1, 2, 3].map { threadCount in
      let model = try Self.model(
        configuration, threadCount: threadCount, [0..<Self.firstLooked: offset])
      let loss = model.accumulateGradients(batch, dropout: nil)
      return (loss, try #require(model.gradients).vector.array)
    }
    for other in results[1...] {
      #expect(other.0 == results[0].0)
      // Compared outside: a macro would list thousands of differences.
      let isSame = other.1 == results[0].1
      #expect(isSame)
    }
  }
}

/// Loss and gradients in Double from the logits that a model computes, and how far off rounding each
/// factor of a product to bfloat16 may bring them.
private struct HeadReference {
  struct Gradient {
    var values: [Double]
    var bounds: [Double]

    init(count: Int) {
      values = [Double](repeating: 0, count: count)
      bounds = values
    }

    mutating func add(_ value: Double, _ error: Double, at index: Int) {
      values[index] += value
      bounds[index] += abs(value) * error
    }
  }

  private(set) var loss = 0.0
  private var weight: Gradient
  private var bias: Gradient
  private var normBias: Gradient

  var gradients: [(String, Gradient)] {
    [("lm_head.weight", weight), ("lm_head.bias", bias), ("ln_f.bias", normBias)]
  }

  init(_ model: GPT, _ batch: TokenBatch, rounding: Double) throws {
    func values(_ name: String) throws -> [Double] {
      model.parameters.vector(try #require(model.layout[name])).array.map(Double.init)
    }
    let width = model.configuration.embeddingWidth
    let used = model.configuration.usedVocabularySize
    let (tokens, positions) = (try values("wte.weight"), try values("wpe.weight"))
    let (normWeight, normOffset) = (try values("ln_f.weight"), try values("ln_f.bias"))
    let headWeight = try values("lm_head.weight")
    let logits = model.logits(batch)
    (weight, bias) = (Gradient(count: used * width), Gradient(count: used))
    normBias = Gradient(count: width)
    for (row, target) in batch.targets.enumerated() where target >= 0 {
      let (token, position) = (Int(batch.inputs[row]), row % batch.columns)
      let x = Reference.layerNorm(
        (0..<width).map { tokens[token * width + $0] + positions[position * width + $0] },
        weight: normWeight, bias: normOffset)
      let line = logits.row(row).array.map(Double.init)
      loss += Reference.crossEntropy(line, target: Int(target))
      for (column, probability) in Reference.softmax(line).enumerated() {
        // Single precision has 1e-5 of an exponential; the target's gradient is not rounded.
        let isTarget = column == Int(target)
        let slope = isTarget ? probability - 1 : probability
        let error = isTarget ? 1e-5 : rounding + 1e-5
        bias.add(slope, error, at: column)
        for index in 0..<width {
          // x is rounded, and once more after it has been scaled.
          weight.add(
            slope * x[index], error + (isTarget ? 1 : 2) * rounding, at: column * width + index)
          normBias.add(
            slope * headWeight[column * width + index], isTarget ? error : error + rounding,
            at: index)
        }
      }
    }
  }
}
