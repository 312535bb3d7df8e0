// Test data in bfloat16, and how far results are from the nearest bfloat16 values.
import Tensors

extension BFloat16Matrix {
  /// Row-major, without the gaps.
  package var array: [Float] {
    let floats = Matrix.zeros(rows, columns)
    widen(into: floats)
    return floats.array
  }

  /// Everything that is stored: also what lies between the columns of neighbouring rows.
  package var wholeRows: BFloat16Matrix {
    BFloat16Matrix(buffer: buffer, offset: offset, rows: rows, columns: stride, stride: stride)
  }

  /// `value` in all columns and beside them.
  package static func filled(_ rows: Int, _ columns: Int, _ value: Float) -> BFloat16Matrix {
    let matrix = zeros(rows, columns)
    let whole = matrix.wholeRows
    whole.round(
      Matrix(
        Vector([Float](repeating: value, count: rows * whole.columns)), rows: rows,
        columns: whole.columns))
    return matrix
  }
}

/// Random values that bfloat16 holds exactly, in both precisions.
package func randomHalves(
  _ rows: Int, _ columns: Int, seed: Int
) -> (half: BFloat16Matrix, single: Matrix) {
  let single = randomMatrix(rows, columns, seed: seed)
  let half = BFloat16Matrix.zeros(rows, columns)
  half.round(single)
  half.widen(into: single)
  return (half, single)
}

/// What is left of the differences between values and what they should be before they are rounded to
/// bfloat16, when half the distance between its neighbouring values is taken off: the largest,
/// relative to the expected value and `offset`. 0 and not-a-number are to be met exactly.
package struct WorstRounding: CustomStringConvertible {
  package private(set) var error = 0.0
  private let name: String
  private var index = -1
  private var actual = Double.nan
  private var expected = Double.nan

  package init(_ name: String, _ actual: [Float], _ expected: [Double], offset: Double = 0) {
    self.name = name
    guard actual.count == expected.count else {
      error = .infinity
      return
    }
    for (index, (one, other)) in zip(actual.map(Double.init), expected).enumerated() {
      if one == other || (one.isNaN && other.isNaN) { continue }
      let rest = max(0, abs(one - other) - Self.halfUnit(other)) / (abs(other) + offset)
      // Written so that not-a-number is worse than anything.
      if !(rest <= error) {
        error = rest.isNaN ? .infinity : rest
        (self.index, self.actual, self.expected) = (index, one, other)
      }
    }
  }

  /// bfloat16 has 8 significant bits, Double 53.
  private static func halfUnit(_ value: Double) -> Double {
    value == 0 ? 0 : value.ulp * 0x1p44
  }

  package var description: String {
    "\(name): \(error) beyond rounding at index \(index): \(actual), expected \(expected)"
  }
}

/// Memory for a packed factor, and no more.
package func packedZeros(
  _ depth: Int, _ columns: Int, path: HalfMultiply.Path = HalfMultiply.best
) -> PackedMatrix {
  var plan = MemoryPlan()
  let region = plan.reservePacked(depth, columns)
  return Workspace(plan).packed(region, path: path)
}

/// How far roundings to fixed point may bring a sum of products: six times their standard deviation.
/// Each stretch of a factor is cut into units of 1/32700 of its norm, and a rounding is off by
/// 1/√12 of a unit, as evenly distributed errors are.
package func fixedPointSpread(_ a: [Double], _ b: [Double]) -> Double {
  var variance = 0.0
  for first in stride(from: 0, to: a.count, by: 256) {
    let stretch = first..<min(a.count, first + 256)
    // Both factors' roundings: (unit of a)² |b|² and the reverse, which are the same.
    let norms = norm(Array(a[stretch])) * norm(Array(b[stretch]))
    variance += 2 * norms * norms / (12 * 32_700 * 32_700)
  }
  return 6 * variance.squareRoot()
}
