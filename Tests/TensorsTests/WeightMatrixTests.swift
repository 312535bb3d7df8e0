// Products of stored weights are those of the numbers that they stand for.
import Tensors
import TestSupport
import Testing

struct WeightMatrixTests {
  /// Rows that leave some over from groups of four, columns that leave some over from sixteen.
  private static func weight(_ format: TensorFormat, seed: Int = 1) -> (Matrix, WeightMatrix) {
    let columns = format.blockLength == 1 ? 83 : 3 * format.blockLength
    let values = randomMatrix(71, columns, seed: seed)
    let team = ThreadTeam(threadCount: 2)
    return (values, WeightMatrix(values, format: format, team: team))
  }

  private static func decoded(_ weight: WeightMatrix) -> Matrix {
    let floats = Matrix.zeros(weight.rows, weight.columns)
    for row in 0..<weight.rows { weight.copyRow(row, into: floats.row(row)) }
    return floats
  }

  @Test(arguments: TensorFormat.allCases)
  func rowsAreTheMatrixAsTheFormatKeepsIt(format: TensorFormat) {
    let (values, weight) = Self.weight(format)
    #expect(weight.byteCount == 71 * format.byteCount(values: values.columns))
    let worst = WorstError("weights", Self.decoded(weight).array, values.array.map(Double.init))
    let bound: Double =
      switch format {
      case .f32: 0
      case .f16: 1e-3
      case .bf16: 1e-2
      case .q8: 0.02
      case .q5, .q5K, .q6K: 0.3
      case .q4, .q4K: 0.5
      }
    #expect(worst.error <= bound, "\(worst)")
  }

  @Test(arguments: TensorFormat.allCases, [1, 2, 5])
  func productsAreThoseOfTheRows(format: TensorFormat, rows: Int) {
    let weight = Self.weight(format).1
    let floats = Self.decoded(weight)
    let x = Matrix(
      Vector(randomValues(rows * weight.columns, seed: 3)), rows: rows, columns: weight.columns)
    let y = Matrix.zeros(rows, weight.rows)
    let scratch = Vector.zeros(WeightMatrix.scratchCount(columns: weight.columns))
    // In two parts, of which the second starts inside a group of four.
    for part in [0..<6, 6..<weight.rows] {
      weight.multiply(x, rows: part, into: y, scratch: scratch)
    }
    for row in 0..<rows {
      let expected = (0..<weight.rows).map { index in
        zip(floats.row(index).array, x.row(row).array).reduce(0) {
          $0 + Double($1.0) * Double($1.1)
        }
      }
      let worst = WorstError("row \(row)", y.row(row).array, expected)
      #expect(worst.error < 1e-4, "\(format): \(worst)")
    }
  }

  /// Longer than what is summed up by groups on the stack.
  @Test(arguments: [TensorFormat.q4K, .q5K, .q6K])
  func veryLongRowsAreMultipliedToo(format: TensorFormat) {
    let columns = 130 * format.blockLength
    let weight = WeightMatrix(
      randomMatrix(3, columns, seed: 4), format: format, team: ThreadTeam(threadCount: 1))
    let floats = Self.decoded(weight)
    let x = Matrix(Vector(randomValues(columns, seed: 5)), rows: 1, columns: columns)
    let y = Matrix.zeros(1, 3)
    weight.multiply(x, rows: 0..<3, into: y, scratch: .zeros(0))
    for row in 0..<3 {
      let expected = zip(floats.row(row).array, x.row(0).array).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
      #expect(abs(Double(y[0, row]) - expected) < 1e-3, "\(format)")
    }
  }

  @Test func aPrefixHasTheFirstRows() {
    let weight = Self.weight(.q4).1
    let prefix = weight.prefix(5)
    #expect(prefix.rows == 5)
    #expect(Self.decoded(prefix).array == Self.decoded(weight).rows(0..<5).array)
  }
}
