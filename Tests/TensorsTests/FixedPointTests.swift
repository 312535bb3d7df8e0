// What fixed point with shared scales must stand: any values of a stretch, and what is no number.
import Tensors
import TestSupport
import Testing

struct FixedPointTests {
  static let paths = HalfMultiply.Path.allCases.filter { $0.isFixedPoint && $0.isAvailable }

  /// a · bᵀ of rows of the same length, through fixed point.
  private func product(
    _ path: HalfMultiply.Path, _ a: [[Float]], _ b: [[Float]], depthFactors: [Float]? = nil
  ) -> Matrix {
    let (left, right) = (halves(a), halves(b))
    let factor = packedZeros(right.columns, right.rows, path: path)
    factor.pack(.half(right), transposed: true)
    let result = Matrix.zeros(left.rows, right.rows)
    HalfMultiply.multiply(left, factor, into: result, depthFactors: depthFactors.map(Vector.init))
    return result
  }

  private func halves(_ rows: [[Float]]) -> BFloat16Matrix {
    let matrix = BFloat16Matrix.zeros(rows.count, rows[0].count)
    matrix.round(Matrix(Vector(rows.flatMap(\.self)), rows: rows.count, columns: rows[0].count))
    return matrix
  }

  /// Sums that come nearest to leaving 32 bits: of equal signs, with all of a norm in one value or in
  /// two, or the same in all of them.
  @Test(arguments: paths, [1, 2, 31, 64, 256, 300])
  func noSumOverflows(_ path: HalfMultiply.Path, depth: Int) {
    func values(_ places: Range<Int>, _ value: Float) -> [Float] {
      (0..<depth).map { places.contains($0) ? value : 0 }
    }
    let rows = [
      values(0..<depth, 1), values(0..<1, 1), values(0..<min(2, depth), 3),
      values(0..<depth, -0.25), values(depth - 1..<depth, 1e9),
      (0..<depth).map { $0 == 0 ? 1 : 1e-3 },
    ]
    let found = product(path, rows, rows)
    for (r, a) in rows.enumerated() {
      for (c, b) in rows.enumerated() {
        let rounded = [a, b].map { halves([$0]).array.map(Double.init) }
        let sum = zip(rounded[0], rounded[1]).reduce(0) { $0 + $1.0 * $1.1 }
        // All roundings of equal values go the same way: half a unit, in both factors.
        let bound =
          norm(rounded[0]) * norm(rounded[1]) * Double(min(depth, 256)).squareRoot() / 32_700
        #expect(abs(Double(found[r, c]) - sum) <= 1.001 * bound, "\(r), \(c)")
      }
    }
  }

  /// Sums of integers are exact, whatever adds them up.
  @Test(arguments: paths, HalfMultiplyTests.shapes)
  func allPathsGiveTheSameBits(_ path: HalfMultiply.Path, _ shape: (Int, Int, Int)) {
    let (rows, columns, depth) = shape
    let (a, _) = randomHalves(rows, depth, seed: 43)
    let (b, _) = randomHalves(depth, columns, seed: 44)
    let factors = Vector(randomValues(depth, seed: 45))
    for (accumulate, depthFactors) in [(false, nil), (true, factors)] {
      let results = [path, .fixedInC].map { path in
        let factor = packedZeros(depth, columns, path: path)
        factor.pack(.half(b), transposed: false)
        let c = Matrix(
          Vector(randomValues(rows * columns, seed: 46)), rows: rows, columns: columns)
        HalfMultiply.multiply(
          a, factor, into: c, accumulate: accumulate, depthFactors: depthFactors)
        return c.array
      }
      let areTheSame = results[0] == results[1]
      #expect(areTheSame)
    }
  }

  /// In the first stretch of the depth, and in the second.
  @Test(
    arguments: paths,
    [(33, .nan), (290, .infinity), (33, -.infinity), (290, 1e25)] as [(Int, Float)])
  func whatIsNoNumberStaysInItsRowAndColumn(_ path: HalfMultiply.Path, _ spoil: (Int, Float)) {
    let ones = [Float](repeating: 1, count: 300)
    var spoilt = ones
    spoilt[spoil.0] = spoil.1
    let found = product(path, [ones, spoilt, ones], [ones, ones, spoilt])
    for row in 0..<3 {
      for column in 0..<3 {
        let isSpoilt = row == 1 || column == 2
        #expect(found[row, column].isNaN == isSpoilt)
        #expect(isSpoilt || abs(found[row, column] - 300) < 0.1)
      }
    }
  }

  @Test(arguments: paths)
  func zerosAndWhatIsNearlyZeroGiveZeros(_ path: HalfMultiply.Path) {
    let small: [Float] = [0, 1e-30, 1e-19]
    let rows = small.map { [Float](repeating: $0, count: 50) }
    let found = product(path, rows, [[Float](repeating: 2, count: 50)])
    // Squares of such norms have lost digits: integers made with them could leave 16 bits.
    #expect(found.array.allSatisfy { $0 == 0 })
  }

  /// Near the least norm that is kept the product of two scales is too small for a float; sums are not.
  @Test(arguments: paths, [2e-18, 1e-12, 1e15] as [Float])
  func smallAndLargeNormsKeepTheirPrecision(_ path: HalfMultiply.Path, norm: Float) {
    let row = [Float](repeating: norm / 8, count: 64)
    let found = Double(product(path, [row], [row])[0, 0])
    let value = Double(halves([row])[0, 0])
    #expect(abs(found / (64 * value * value) - 1) < 1e-3)
  }

  /// Values of a stretch that lie 25 powers of ten apart, and factors that make them alike again.
  @Test(arguments: paths)
  func factorsOfTheDepthKeepSmallValues(_ path: HalfMultiply.Path) {
    let depth = 290
    let (a, b) = (randomValues(depth, seed: 41), randomValues(depth, seed: 42))
    let sizes = (0..<depth).map { Float(sign: .plus, exponent: $0 % 90 - 45, significand: 1) }
    let scaled = zip(a, sizes).map { $0 * $1 }
    let found = product(path, [scaled], [b], depthFactors: sizes.map { 1 / $0 })
    let rounded = [a, b].map { halves([$0]).array.map(Double.init) }
    let sum = zip(rounded[0], rounded[1]).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(Double(found[0, 0]) - sum) < fixedPointSpread(rounded[0], rounded[1]) + 1e-4)
  }
}
