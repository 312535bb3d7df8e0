// Dropout's masks: pure functions of their place, and random enough.
import Tensors
import TestSupport
import Testing

struct DropoutMaskTests {
  private static let rows = 1_024
  private static let columns = 1_024

  /// The mask of a block of rows, 1 where an element is dropped.
  private static func dropped(
    probability: Float, seed: UInt64 = 1_337, step: Int = 3, site: Int = 2, firstRow: Int = 0,
    rows: Int = rows, columns: Int = columns
  ) -> [UInt8] {
    let ones = Matrix(
      Vector([Float](repeating: 1, count: rows * columns)), rows: rows, columns: columns)
    let mask = DropoutMask(probability: probability, seed: seed, step: step, site: site)
    VectorMath.dropout(ones, into: ones, mask.rows(from: firstRow))
    return ones.vector.array.map { $0 == 0 ? 1 : 0 }
  }

  /// Correlation of two masks, in units of what chance gives; their shares are p.
  private static func correlation(
    _ a: some Collection<UInt8>, _ b: some Collection<UInt8>, p: Double
  ) -> Double {
    var both = 0.0
    var (first, second) = (0.0, 0.0)
    for (x, y) in zip(a, b) {
      both += Double(x & y)
      first += Double(x)
      second += Double(y)
    }
    let count = Double(a.count)
    return (both / count - first / count * second / count) / (p * (1 - p)) * count.squareRoot()
  }

  @Test(arguments: [0.05, 0.1, 0.2, 0.5, 0.9])
  func shareAndScaleAreRight(p: Double) {
    let share = Double(Self.dropped(probability: Float(p)).reduce(0) { $0 + Int($1) })
    let count = Double(Self.rows * Self.columns)
    #expect(abs(share / count - p) < 4 * (p * (1 - p) / count).squareRoot())

    let x = Matrix(Vector([Float](repeating: 2, count: 1_000)), rows: 10, columns: 100)
    VectorMath.dropout(x, into: x, DropoutMask(probability: Float(p), seed: 1, step: 1, site: 1))
    let kept = 2 / (1 - Float(p))
    #expect(x.array.allSatisfy { $0 == 0 || abs($0 - kept) <= 1e-6 * kept })
    #expect(x.array.contains { $0 != 0 })
  }

  @Test func zeroProbabilityDropsNothing() {
    #expect(!Self.dropped(probability: 0).contains(1))
  }

  @Test(arguments: [1, 5, 64, 1_000])
  func anyChunkingOfRowsGivesTheSameMask(chunk: Int) {
    let (rows, width) = (1_000, 37)
    let mask = DropoutMask(probability: 0.4, seed: 9, step: 8, site: 7).rows(from: 123_456_789_012)
    let whole = randomMatrix(rows, width, seed: 1)
    let parts = randomMatrix(rows, width, seed: 1)
    let residual = randomMatrix(rows, width, seed: 2)
    let (sum, partSums) = (Matrix.zeros(rows, width), Matrix.zeros(rows, width))
    VectorMath.dropout(whole, residual: residual, into: sum, mask)
    for first in stride(from: 0, to: rows, by: chunk) {
      let range = first..<min(rows, first + chunk)
      VectorMath.dropout(
        parts.rows(range), residual: residual.rows(range), into: partSums.rows(range),
        mask.rows(from: first))
    }
    #expect(sum.array == partSums.array)
  }

  @Test func residualAndPlainFormsShareOneMask() {
    let x = randomMatrix(50, 33, seed: 1)
    let residual = randomMatrix(50, 33, seed: 2)
    let mask = DropoutMask(probability: 0.3, seed: 4, step: 5, site: 6)
    let (sum, plain) = (Matrix.zeros(50, 33), Matrix.zeros(50, 33))
    VectorMath.dropout(x, residual: residual, into: sum, mask)
    VectorMath.dropout(x, into: plain, mask)
    let expected = zip(residual.array, plain.array).map { Double($0) + Double($1) }
    #expect(WorstError("sum", sum.array, expected).error < 1e-6)
    // The backward pass sends the gradient through the same call, in place.
    VectorMath.dropout(x, into: x, mask)
    #expect(x.array == plain.array)
  }

  @Test(arguments: [0.1, 0.5])
  func neighboursAreIndependent(p: Double) {
    let mask = Self.dropped(probability: Float(p))
    for lag in [1, 2, 3, 4, 8, 16, 17, 32, 64, 128, 256] {
      let columns = Self.correlation(mask.dropLast(lag), mask.dropFirst(lag), p: p)
      #expect(abs(columns) < 4.5, "columns \(lag) apart")
      let far = lag * Self.columns
      let rows = Self.correlation(mask.dropLast(far), mask.dropFirst(far), p: p)
      #expect(abs(rows) < 4.5, "rows \(lag) apart")
      let diagonal = Self.correlation(mask.dropLast(far + lag), mask.dropFirst(far + lag), p: p)
      #expect(abs(diagonal) < 4.5, "rows and columns \(lag) apart")
    }
  }

  @Test(arguments: [0.1, 0.5])
  func otherSeedsStepsAndSitesAreIndependent(p: Double) {
    let probability = Float(p)
    let mask = Self.dropped(probability: probability)
    let others = [
      ("seed", Self.dropped(probability: probability, seed: 1_338)),
      ("step", Self.dropped(probability: probability, step: 4)),
      ("site", Self.dropped(probability: probability, site: 3)),
      ("first row", Self.dropped(probability: probability, firstRow: 1 << 40)),
    ]
    for (name, other) in others {
      #expect(abs(Self.correlation(mask, other, p: p)) < 4.5, "\(name)")
    }
  }

  /// Counts of every row, of every column, and of every pattern of eight neighbours.
  @Test func chiSquareFindsNothing() {
    let mask = Self.dropped(probability: 0.5)
    var rows = [Double](repeating: 0, count: Self.rows)
    var columns = [Double](repeating: 0, count: Self.columns)
    var patterns = [Double](repeating: 0, count: 256)
    var pattern = 0
    for (index, bit) in mask.enumerated() {
      rows[index / Self.columns] += Double(bit)
      columns[index % Self.columns] += Double(bit)
      pattern = pattern << 1 | Int(bit)
      if index % 8 == 7 {
        patterns[pattern] += 1
        pattern = 0
      }
    }
    func deviation(_ counts: [Double], mean: Double, variance: Double, freedom: Double) -> Double {
      let chiSquare = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / variance }
      return (chiSquare - freedom) / (2 * freedom).squareRoot()
    }
    let rowDeviation = deviation(rows, mean: 512, variance: 256, freedom: 1_024)
    #expect(abs(rowDeviation) < 4.5)
    let columnDeviation = deviation(columns, mean: 512, variance: 256, freedom: 1_024)
    #expect(abs(columnDeviation) < 4.5)
    let expected = Double(mask.count / 8) / 256
    let patternDeviation = deviation(patterns, mean: expected, variance: expected, freedom: 255)
    #expect(abs(patternDeviation) < 4.5)
  }
}
