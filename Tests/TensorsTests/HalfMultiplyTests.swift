// Products in half precision by every path that this machine has, against sums in Double.
import Tensors
import TestSupport
import Testing

struct HalfMultiplyTests {
  static let paths = HalfMultiply.Path.allCases.filter(\.isAvailable)

  /// Shapes at and around the kernels' blocks of 32 and their passes: 64 rows, a depth of 192.
  static let shapes = [
    (1, 1, 1), (3, 5, 7), (32, 32, 32), (33, 31, 34), (64, 96, 64), (31, 65, 100), (70, 40, 1_100),
    (513, 33, 33), (64, 32, 192), (65, 33, 193), (130, 70, 385),
  ]

  @Test(arguments: paths, shapes)
  func productsAreTheReferences(_ path: HalfMultiply.Path, _ shape: (Int, Int, Int)) {
    let (rows, columns, depth) = shape
    let (a, aValues) = randomHalves(rows, depth, seed: 1)
    for (transposed, accumulate, fromFloats) in [
      (false, false, false), (true, true, false), (false, true, true), (true, false, true),
    ] {
      let (b, bValues) =
        transposed ? randomHalves(columns, depth, seed: 2) : randomHalves(depth, columns, seed: 2)
      let factor = packedZeros(depth, columns)
      factor.pack(fromFloats ? .single(bValues) : .half(b), transposed: transposed)
      let start = randomValues(rows * (columns + 3), seed: 3)
      let c = Matrix(Vector(start), rows: rows, columns: columns + 3)
      HalfMultiply.multiply(
        a, factor, into: c.columns(0..<columns), accumulate: accumulate, path: path)
      var worst = 0.0
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = accumulate ? Double(start[row * (columns + 3) + column]) : 0
          for k in 0..<depth {
            sum +=
              Double(aValues[row, k])
              * Double(transposed ? bValues[column, k] : bValues[k, column])
          }
          worst = max(worst, abs(sum - Double(c[row, column])))
        }
        // Beside the product nothing is written.
        for column in columns..<columns + 3 {
          #expect(c[row, column] == start[row * (columns + 3) + column])
        }
      }
      #expect(worst < 2e-6 * Double(depth + 10), "\(path), transposed \(transposed): \(worst)")
    }
  }

  /// More than a core's first caches hold, 1 MiB, and rows and depth beyond one pass.
  @Test(arguments: paths)
  func productWithALargeFactor(_ path: HalfMultiply.Path) {
    let (rows, columns, depth) = (70, 2_800, 193)
    let (a, aValues) = randomHalves(rows, depth, seed: 7)
    let (b, bValues) = randomHalves(depth, columns, seed: 8)
    let factor = packedZeros(depth, columns)
    factor.pack(.half(b), transposed: false)
    let c = Matrix.zeros(rows, columns)
    HalfMultiply.multiply(a, factor, into: c, path: path)
    for row in [0, 33, 64, 69] {
      let expected = Reference.multiply(
        aValues.row(row).array.map(Double.init), bValues.array.map(Double.init), rows: 1,
        depth: depth, columns: columns)
      let worst = WorstError("row \(row)", c.row(row).array, expected)
      #expect(worst.error < 2e-6 * Double(depth + 10), "\(path): \(worst)")
    }
  }

  @Test(arguments: paths)
  func partsOfAPackedFactor(_ path: HalfMultiply.Path) {
    let (a, aValues) = randomHalves(40, 64, seed: 4)
    let (b, bValues) = randomHalves(96, 100, seed: 5)
    let factor = packedZeros(96, 100)
    factor.pack(.half(b), transposed: false)
    let c = Matrix.zeros(40, 36)
    HalfMultiply.multiply(a, factor.columns(64..<100).rows(0..<64), into: c, path: path)
    for (row, column) in [(0, 0), (39, 35), (17, 31), (32, 32)] {
      let sum = (0..<64).reduce(0.0) {
        $0 + Double(aValues[row, $1]) * Double(bValues[$1, 64 + column])
      }
      #expect(abs(sum - Double(c[row, column])) < 1e-4)
    }
  }

  @Test func roundingIsToTheNearestTiesToEven() {
    // 1 + n/256 lies between neighbours 1 + 2k/256.
    let cases: [(Float, Float)] = [
      (1, 1), (1.00390625, 1), (1.01171875, 1.015625), (1.005, 1.0078125), (-1.005, -1.0078125),
      (3.3895314e38, 3.3895314e38), (3.4e38, .infinity), (.infinity, .infinity), (0, 0),
    ]
    let half = BFloat16Matrix.zeros(1, 1)
    for (value, expected) in cases {
      half[0, 0] = value
      #expect(half[0, 0] == expected || abs(half[0, 0] / expected - 1) < 1e-3, "\(value)")
    }
    half[0, 0] = .nan
    #expect(half[0, 0].isNaN)
  }
}
