// Causal softmax over a tile of scores, and its gradient, with and without dropout.
import Tensors
import TestSupport
import Testing

struct AttentionSoftmaxTests {
  private static let queries = 9
  /// Room for whole vectors.
  private static let padding = 16
  private static let scale: Float = 0.37
  static let firstQueries = [0, 1, 7, 23, 40]

  private static func mask(_ isDropped: Bool) -> DropoutMask? {
    isDropped
      ? DropoutMask(probability: 0.3, seed: 5, step: 2, site: 1).rows(from: 1_000) : nil
  }

  /// The factor of every weight of query `query`: 0 or 1/(1 - p).
  private static func factors(_ query: Int, _ count: Int, _ mask: DropoutMask?) -> [Double] {
    guard let mask else { return [Double](repeating: 1, count: count) }
    let ones = Matrix(Vector([Float](repeating: 1, count: count)), rows: 1, columns: count)
    VectorMath.dropout(ones, into: ones, mask.rows(from: query))
    return ones.vector.array.map(Double.init)
  }

  @Test(arguments: firstQueries, [false, true])
  func forwardIsTheFormula(firstQuery: Int, isDropped: Bool) {
    let columns = firstQuery + Self.queries
    let scores = randomMatrix(Self.queries, columns, seed: 31 + firstQuery, padding: Self.padding)
    let raw = scores.array.map(Double.init)
    let logSum = Vector.zeros(Self.queries)
    let mask = Self.mask(isDropped)
    VectorMath.attentionSoftmax(
      scores, firstQuery: firstQuery, scale: Self.scale, logSum: logSum, mask)
    for row in 0..<Self.queries {
      let seen = firstQuery + row + 1
      let scaled = raw[row * columns..<row * columns + seen].map { $0 * Double(Self.scale) }
      let factors = Self.factors(firstQuery + row, seen, mask)
      let expected =
        zip(Reference.softmax(scaled), factors).map { $0 * $1 }
        + [Double](repeating: 0, count: columns - seen)
      let worst = WorstError("row \(row)", scores.row(row).array, expected)
      #expect(worst.error < 1e-6, "\(worst)")
      #expect(abs(Double(logSum[row]) - Reference.logSum(scaled)) < 1e-6)
    }
  }

  @Test(arguments: firstQueries, [false, true])
  func backwardIsTheJacobian(firstQuery: Int, isDropped: Bool) {
    let columns = firstQuery + Self.queries
    let scores = randomMatrix(Self.queries, columns, seed: 57 + firstQuery, padding: Self.padding)
    let gradient = randomMatrix(
      Self.queries, columns, seed: 93 + firstQuery, padding: Self.padding)
    let (raw, dWeights) = (scores.array.map(Double.init), gradient.array.map(Double.init))
    let (logSum, delta) = (Vector.zeros(Self.queries), Vector.zeros(Self.queries))
    let mask = Self.mask(isDropped)
    var expected: [(weights: [Double], dScores: [Double])] = []
    for row in 0..<Self.queries {
      let seen = firstQuery + row + 1
      let scaled = raw[row * columns..<row * columns + seen].map { $0 * Double(Self.scale) }
      let plain = Reference.softmax(scaled)
      let factors = Self.factors(firstQuery + row, seen, mask)
      let dPlain = (0..<seen).map { dWeights[row * columns + $0] * factors[$0] }
      let average = zip(plain, dPlain).reduce(0) { $0 + $1.0 * $1.1 }
      logSum[row] = Float(Reference.logSum(scaled))
      delta[row] = Float(average)
      let hidden = [Double](repeating: 0, count: columns - seen)
      let weights = zip(plain, factors).map { $0 * $1 } + hidden
      let dScores = Reference.softmaxGradient(dPlain, weights: plain, scale: Double(Self.scale))
      expected.append((weights, dScores + hidden))
    }
    VectorMath.attentionSoftmaxBackward(
      scores, gradient: gradient, firstQuery: firstQuery, scale: Self.scale, logSum: logSum,
      delta: delta, mask)
    for row in 0..<Self.queries {
      let weights = WorstError("weights", scores.row(row).array, expected[row].weights)
      #expect(weights.error < 1e-6, "\(weights)")
      let dScores = WorstError("dScores", gradient.row(row).array, expected[row].dScores)
      #expect(dScores.error < 1e-6, "\(dScores)")
    }
  }

  @Test func hugeScoresStayFinite() {
    let scores = Matrix.zeros(2, Self.padding).columns(0..<2)
    for (index, score) in [1e30, 0, -1e30, 1e30].enumerated() {
      scores[index / 2, index % 2] = Float(score)
    }
    let logSum = Vector.zeros(2)
    VectorMath.attentionSoftmax(scores, firstQuery: 0, scale: 1, logSum: logSum, nil)
    #expect(scores.array == [1, 0, scores[1, 0], 1])
    #expect(abs(scores[1, 0]) < 1e-30)
  }

  @Test func notANumberReachesEveryWeightOfItsRowOnly() {
    let scores = randomMatrix(3, 20, seed: 4, padding: Self.padding)
    scores[1, 3] = .nan
    let logSum = Vector.zeros(3)
    VectorMath.attentionSoftmax(scores, firstQuery: 17, scale: 1, logSum: logSum, nil)
    #expect(scores.row(0).array.allSatisfy { $0.isFinite })
    #expect(scores.row(1).array[0..<19].allSatisfy { $0.isNaN })
    #expect(scores.row(2).array.allSatisfy { $0.isFinite })
  }
}
