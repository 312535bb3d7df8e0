// Attention's softmax and its gradient with rounded results, against those in single precision.
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct HalfAttentionTests {
  private static let queries = 9
  private static let scale: Float = 0.37
  static let firstQueries = [0, 1, 7, 23, 40]

  private static func mask(_ isDropped: Bool) -> DropoutMask? {
    isDropped
      ? DropoutMask(probability: 0.3, seed: 5, step: 2, site: 1).rows(from: 1_000) : nil
  }

  /// Random values where a query sees the key, else not-a-number, as memory may hold it.
  private static func tile(firstQuery: Int, seed: Int, seen: Bool) -> Matrix {
    let columns = firstQuery + queries
    let tile = randomMatrix(queries, columns, seed: seed, padding: 16)
    for row in 0..<queries where !seen {
      tile.row(row)[firstQuery + row + 1..<columns].fill(.nan)
    }
    return tile
  }

  /// Whether all of a row is 0 from its first hidden key to the end of the last vector.
  private static func isHiddenZero(_ matrix: BFloat16Matrix, firstQuery: Int) -> Bool {
    (0..<queries).allSatisfy { row in
      let seen = firstQuery + row + 1
      let end = max(matrix.columns, VectorMath.wholeVectors(seen))
      let stored = matrix.wholeRows.rows(row..<row + 1).columns(seen..<end)
      return stored.array.allSatisfy { $0 == 0 }
    }
  }

  @Test(arguments: firstQueries, [false, true])
  func weightsAreThoseOfTheSoftmaxTimesTheSum(firstQuery: Int, isDropped: Bool) {
    let columns = firstQuery + Self.queries
    let plain = Self.tile(firstQuery: firstQuery, seed: 61, seen: true)
    let (logSum, expectedLogSum) = (Vector.zeros(Self.queries), Vector.zeros(Self.queries))
    let inverseSum = Vector.zeros(Self.queries)
    let weights = BFloat16Matrix.filled(Self.queries, columns, 7)
    VectorMath.attentionWeights(
      Self.tile(firstQuery: firstQuery, seed: 61, seen: false), firstQuery: firstQuery,
      scale: Self.scale, into: weights, logSum: logSum, inverseSum: inverseSum,
      Self.mask(isDropped))
    VectorMath.attentionSoftmax(
      plain, firstQuery: firstQuery, scale: Self.scale, logSum: expectedLogSum,
      Self.mask(isDropped))
    #expect(WorstError("log", logSum.array, expectedLogSum.array.map(Double.init)).error < 1e-6)
    for row in 0..<Self.queries {
      let expected = plain.row(row).array.map { Double($0) / Double(inverseSum[row]) }
      let worst = WorstRounding("row \(row)", weights.rows(row..<row + 1).array, expected)
      // Both have errors of 1e-6 from their exponents, below 4.
      #expect(worst.error < 2e-6, "\(worst)")
    }
    #expect(Self.isHiddenZero(weights, firstQuery: firstQuery))
  }

  @Test(arguments: firstQueries)
  func undroppedWeightsAddUpToTheSum(firstQuery: Int) {
    let scores = Self.tile(firstQuery: firstQuery, seed: 62, seen: true)
    let inverseSum = Vector.zeros(Self.queries)
    VectorMath.attentionWeights(
      scores, firstQuery: firstQuery, scale: Self.scale,
      into: BFloat16Matrix.zeros(Self.queries, scores.columns), logSum: Vector.zeros(Self.queries),
      inverseSum: inverseSum, Self.mask(true))
    for row in 0..<Self.queries {
      let seen = scores.row(row).array[0...firstQuery + row].map { Double($0) * Double(Self.scale) }
      let largest = seen.max() ?? 0
      let sum = seen.reduce(0) { $0 + exp($1 - largest) }
      #expect(abs(Double(inverseSum[row]) * sum - 1) < 1e-6)
    }
  }

  @Test(arguments: firstQueries, [false, true])
  func gradientIsThatOfSinglePrecision(firstQuery: Int, isDropped: Bool) {
    let columns = firstQuery + Self.queries
    let (scores, gradient) = (
      Self.tile(firstQuery: firstQuery, seed: 63, seen: true),
      Self.tile(firstQuery: firstQuery, seed: 64, seen: true)
    )
    let delta = Vector(randomValues(Self.queries, seed: 65))
    let logSum = Vector.zeros(Self.queries)
    let softmax = Self.tile(firstQuery: firstQuery, seed: 63, seen: true)
    VectorMath.attentionSoftmax(
      softmax, firstQuery: firstQuery, scale: Self.scale, logSum: logSum, nil)
    let weights = BFloat16Matrix.filled(Self.queries, columns, 7)
    let dScores = BFloat16Matrix.filled(Self.queries, columns, 7)
    VectorMath.attentionGradient(
      Self.tile(firstQuery: firstQuery, seed: 63, seen: false),
      gradient: Self.tile(firstQuery: firstQuery, seed: 64, seen: false), firstQuery: firstQuery,
      scale: Self.scale, logSum: logSum, delta: delta, weights: weights, dScores: dScores,
      Self.mask(isDropped))
    VectorMath.attentionSoftmaxBackward(
      scores, gradient: gradient, firstQuery: firstQuery, scale: Self.scale, logSum: logSum,
      delta: delta, Self.mask(isDropped))
    let expectedWeights = scores.array.map(Double.init)
    let worstWeight = WorstRounding("weights", weights.array, expectedWeights)
    #expect(worstWeight.error < 2e-6, "\(worstWeight)")
    // Where factor · dWeight and delta nearly cancel, 1e-7 of their size is left.
    let worst = WorstRounding(
      "dScores", dScores.array, gradient.array.map(Double.init), offset: 0.1)
    #expect(worst.error < 2e-6, "\(worst)")
    #expect(Self.isHiddenZero(weights, firstQuery: firstQuery))
    #expect(Self.isHiddenZero(dScores, firstQuery: firstQuery))
  }

  @Test(arguments: [3, 16, 18], [false, true])
  func notANumberReachesTheSumOfItsRowOnly(place: Int, isDropped: Bool) {
    let scores = randomMatrix(3, 21, seed: 4, padding: 16)
    scores[1, place] = .nan
    let (logSum, inverseSum) = (Vector.zeros(3), Vector.zeros(3))
    VectorMath.attentionWeights(
      scores, firstQuery: 18, scale: 1, into: BFloat16Matrix.zeros(3, 21), logSum: logSum,
      inverseSum: inverseSum, Self.mask(isDropped))
    #expect(inverseSum.array.map(\.isNaN) == [false, true, false])
    #expect(logSum.array.map(\.isNaN) == [false, true, false])
  }

  /// What is lost of large exponents is lost of the sum as well.
  @Test(arguments: [1e4, -1e4] as [Float])
  func largeScoresCancel(offset: Float) {
    let scores = Matrix.zeros(1, 32).columns(0..<20)
    scores.row(0).fill(offset)
    let weights = BFloat16Matrix.zeros(1, 20)
    let inverseSum = Vector.zeros(1)
    VectorMath.attentionWeights(
      scores, firstQuery: 19, scale: Self.scale, into: weights, logSum: Vector.zeros(1),
      inverseSum: inverseSum, nil)
    let expected = [Double](repeating: 0.05 / Double(inverseSum[0]), count: 20)
    let worst = WorstRounding("weights", weights.array, expected)
    #expect(worst.error < 1e-6, "\(worst)")
  }
}
