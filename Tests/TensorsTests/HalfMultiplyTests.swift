// Products in half precision by every path that this machine has, against sums in Double.
import Tensors
import TestSupport
import Testing

struct HalfMultiplyTests {
  static let paths = HalfMultiply.Path.allCases.filter(\.isAvailable)

  /// Shapes at and around the kernels' blocks of 8 or 32 rows and their passes: 32 or 64 rows, a depth
  /// of 192 or 512, of 256 in fixed point.
  static let shapes = [
    (1, 1, 1), (3, 5, 7), (32, 32, 32), (33, 31, 34), (64, 96, 64), (31, 65, 100), (70, 40, 1_100),
    (513, 33, 33), (64, 32, 192), (65, 33, 193), (130, 70, 385), (75, 40, 513), (40, 31, 512),
    (9, 16, 40), (20, 17, 64), (24, 49, 1_100),
  ]

  @Test(arguments: paths, shapes)
  func productsAreTheReferences(_ path: HalfMultiply.Path, _ shape: (Int, Int, Int)) {
    let (rows, columns, depth) = shape
    let (a, aValues) = factor(rows, depth, surrounded: path.isFixedPoint ? .nan : 3)
    for (transposed, accumulate, fromFloats) in [
      (false, false, false), (true, true, false), (false, true, true), (true, false, true),
    ] {
      let (b, bValues) =
        transposed ? randomHalves(columns, depth, seed: 2) : randomHalves(depth, columns, seed: 2)
      let factor = packedZeros(depth, columns, path: path)
      factor.pack(fromFloats ? .single(bValues) : .half(b), transposed: transposed)
      let start = randomValues((rows + 8) * (columns + 3), seed: 3)
      let all = Matrix(Vector(start), rows: rows + 8, columns: columns + 3)
      let c = all.rows(0..<rows)
      HalfMultiply.multiply(
        a, factor, into: c.columns(0..<columns), accumulate: accumulate)
      var worst = 0.0
      let bColumns = (0..<columns).map { column in
        (0..<depth).map { Double(transposed ? bValues[column, $0] : bValues[$0, column]) }
      }
      for row in 0..<rows {
        let aRow = aValues.row(row).array.map(Double.init)
        for column in 0..<columns {
          let first = accumulate ? Double(start[row * (columns + 3) + column]) : 0
          let sum = zip(aRow, bColumns[column]).reduce(first) { $0 + $1.0 * $1.1 }
          worst = max(
            worst, abs(sum - Double(c[row, column])) / bound(path, aRow, bColumns[column]))
        }
        // Beside the product nothing is written, and nothing below it.
        for column in columns..<columns + 3 {
          #expect(c[row, column] == start[row * (columns + 3) + column])
        }
      }
      #expect(all.rows(rows..<rows + 8).array == Array(start.dropFirst(rows * (columns + 3))))
      #expect(worst < 1, "\(path), transposed \(transposed): \(worst)")
    }
  }

  /// Random values; beside them lies what products multiply by zeros, and below what they drop.
  private func factor(
    _ rows: Int, _ depth: Int, surrounded value: Float
  ) -> (half: BFloat16Matrix, single: Matrix) {
    let (values, single) = randomHalves(rows, depth, seed: 1)
    let all = BFloat16Matrix.filled(rows + 32, depth, .nan)
    let half = all.rows(0..<rows)
    for row in 0..<rows {
      for column in depth..<all.stride { all.wholeRows[row, column] = value }
      for column in 0..<depth { half[row, column] = values[row, column] }
    }
    return (half, single)
  }

  /// How far off a sum may be.
  private func bound(_ path: HalfMultiply.Path, _ a: [Double], _ b: [Double]) -> Double {
    2e-6 * Double(a.count + 10) + (path.isFixedPoint ? fixedPointSpread(a, b) : 0)
  }

  /// More than a core's first caches hold, 1 MiB, and rows beyond one pass.
  @Test(arguments: paths)
  func productWithALargeFactor(_ path: HalfMultiply.Path) {
    let (rows, columns, depth) = (70, 2_800, 193)
    let (a, aValues) = randomHalves(rows, depth, seed: 7)
    let (b, bValues) = randomHalves(depth, columns, seed: 8)
    let factor = packedZeros(depth, columns, path: path)
    factor.pack(.half(b), transposed: false)
    let c = Matrix.zeros(rows, columns)
    HalfMultiply.multiply(a, factor, into: c)
    for row in [0, 33, 64, 69] {
      let aRow = aValues.row(row).array.map(Double.init)
      for column in 0..<columns {
        let bColumn = (0..<depth).map { Double(bValues[$0, column]) }
        let error = abs(zip(aRow, bColumn).reduce(0) { $0 + $1.0 * $1.1 } - Double(c[row, column]))
        #expect(error < bound(path, aRow, bColumn), "\(path): \(row), \(column)")
      }
    }
  }

  @Test(arguments: paths)
  func partsOfAPackedFactor(_ path: HalfMultiply.Path) {
    let (a, aValues) = randomHalves(40, 64, seed: 4)
    let (b, bValues) = randomHalves(96, 100, seed: 5)
    let factor = packedZeros(96, 100, path: path)
    factor.pack(.half(b), transposed: false)
    let c = Matrix.zeros(40, 36)
    HalfMultiply.multiply(a, factor.columns(64..<100).rows(0..<64), into: c)
    for (row, column) in [(0, 0), (39, 35), (17, 31), (32, 32)] {
      let aRow = (0..<64).map { Double(aValues[row, $0]) }
      let bColumn = (0..<96).map { Double(bValues[$0, 64 + column]) }
      let sum = zip(aRow, bColumn).reduce(0) { $0 + $1.0 * $1.1 }
      // A part of a column keeps the scale of the whole.
      let shared = path.isFixedPoint ? fixedPointSpread(aRow, bColumn) : 0
      #expect(abs(sum - Double(c[row, column])) < 1e-4 + shared)
    }
  }

  /// What CPUs have beside plain C, how fast their dot product of bfloat16 is, and what suits them.
  @Test(
    arguments: [
      ("before AVX2", [], false, .portable),
      ("Haswell", [.avx2Integers], false, .avx2Integers),
      ("Alder Lake", [.avx2Integers, .avxVNNI], false, .avxVNNI),
      ("Skylake", [.avx2Integers, .avx512], false, .avx512),
      ("Cascade Lake", [.avx2Integers, .avx512, .avx512VNNI], false, .avx512VNNI),
      ("Zen 4", [.avx2Integers, .avx512, .avx512VNNI, .avx512BFloat16], true, .avx512BFloat16),
      (
        "Sapphire Rapids without AMX",
        [.avx2Integers, .avxVNNI, .avx512, .avx512VNNI, .avx512BFloat16], false, .avx512VNNI
      ),
      (
        "Sapphire Rapids",
        [.avx2Integers, .avxVNNI, .avx512, .avx512VNNI, .avx512BFloat16, .amx], false, .amx
      ),
    ] as [(String, [HalfMultiply.Path], Bool, HalfMultiply.Path)])
  func choiceFollowsWhatACPUHas(
    _ name: String, _ has: [HalfMultiply.Path], bfloat16IsFast: Bool, best: HalfMultiply.Path
  ) {
    let available = Set(has + [.portable, .tilesInC, .fixedInC])
    #expect(HalfMultiply.choose(available, bfloat16IsFast: bfloat16IsFast) == best)
  }

  /// Conversions to fixed point take a tenth, and a measurement is a tenth off.
  @Test(arguments: [
    (HalfMultiply.Path.amx, 0, true), (.avx512BFloat16, 0.5, false), (.avx512BFloat16, 1.15, true),
    (.avx512VNNI, 1.15, false), (.avx512VNNI, 1.3, true), (.avx512, 0, false),
    (.portable, 0, false),
  ])
  func fastIsWhatFloatsAreNot(_ path: HalfMultiply.Path, speed: Double, isFast: Bool) {
    #expect(path.isFast(speed) == isFast)
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
    // The second would round to infinity.
    for value in [Float.nan, Float(bitPattern: 0x7f80_0001)] {
      half[0, 0] = value
      #expect(half[0, 0].isNaN)
    }
  }
}
