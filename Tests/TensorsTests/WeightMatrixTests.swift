// Products of stored weights are those of the numbers that they stand for.
import Tensors
import TestSupport
import Testing

struct WeightMatrixTests {
  /// Rows that leave some over from groups of four, columns that leave some over from sixteen.
  private static func weight(_ format: TensorFormat, seed: Int = 1) -> (Matrix, WeightMatrix) {
    let columns = columns(format)
    let values = randomMatrix(rows, columns, seed: seed)
    let team = ThreadTeam(threadCount: 2)
    return (values, WeightMatrix(values, format: format, team: team))
  }

  private static let rows = 71

  private static func columns(_ format: TensorFormat) -> Int {
    format.blockLength == 1 ? 83 : 3 * format.blockLength
  }

  /// A weight of random blocks, in formats that are only read too.
  private static func stored(
    _ format: TensorFormat, rows: Int = rows, columns: Int
  ) -> WeightMatrix {
    if !format.isQuantized { return weight(format).1 }
    return WeightMatrix(
      format: format, rows: rows, columns: columns,
      copying: randomBlocks(format, values: rows * columns, seed: 2))
  }

  private static func decoded(_ weight: WeightMatrix) -> Matrix {
    let floats = Matrix.zeros(weight.rows, weight.columns)
    for row in 0..<weight.rows { weight.copyRow(row, into: floats.row(row)) }
    return floats
  }

  @Test(arguments: TensorFormat.encodable)
  func rowsAreTheMatrixAsTheFormatKeepsIt(format: TensorFormat) {
    let (values, weight) = Self.weight(format)
    #expect(weight.rowByteCount == format.byteCount(values: values.columns))
    let worst = WorstError("weights", Self.decoded(weight).array, values.array.map(Double.init))
    let bound: Double =
      switch format {
      case .f32: 0
      case .f16: 1e-3
      case .bf16: 1e-2
      case .q8: 0.02
      case .q5, .q5K, .q6K: 0.3
      default: 0.5
      }
    #expect(worst.error <= bound, "\(worst)")
  }

  /// Relative to the largest product.
  private static func worst(_ products: Vector, _ weight: Matrix, _ x: Vector) -> WorstError {
    let expected = (0..<weight.rows).map { row in
      zip(weight.row(row).array, x.array).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return WorstError("products", products.array.map(Double.init), expected, relativeTo: largest)
  }

  @Test(arguments: TensorFormat.allCases, [1, 2, 5])
  func productsAreThoseOfTheRows(format: TensorFormat, rows: Int) {
    let weight = Self.stored(format, columns: Self.columns(format))
    let floats = Self.decoded(weight)
    let x = Matrix(
      Vector(randomValues(rows * weight.columns, seed: 3)), rows: rows, columns: weight.columns)
    let y = Matrix.zeros(rows, weight.rows)
    let scratch = Vector.zeros(WeightMatrix.scratchCount(columns: weight.columns))
    for wide in CausalMultiplyTests.registers {
      // In two parts, of which the second starts inside a group of four.
      for part in [0..<6, 6..<weight.rows] {
        weight.multiply(x, rows: part, into: y, scratch: scratch, wide: wide)
      }
      for row in 0..<rows {
        let worst = Self.worst(y.row(row), floats, x.row(row))
        #expect(worst.error < 2e-6, "\(format): row \(row): \(worst)")
      }
    }
  }

  /// Longer than what is summed up by groups on the stack.
  @Test(arguments: TensorFormat.allCases.filter { $0.blockLength == 256 })
  func veryLongRowsAreMultipliedToo(format: TensorFormat) {
    let columns = 130 * format.blockLength
    let weight = Self.stored(format, rows: 3, columns: columns)
    let floats = Self.decoded(weight)
    let x = Matrix(Vector(randomValues(columns, seed: 5)), rows: 1, columns: columns)
    let y = Matrix.zeros(1, 3)
    weight.multiply(x, rows: 0..<3, into: y, scratch: .zeros(0))
    let worst = Self.worst(y.row(0), floats, x.row(0))
    #expect(worst.error < 1e-5, "\(format): \(worst)")
  }

  @Test func aPrefixHasTheFirstRows() {
    let weight = Self.weight(.q4).1
    let prefix = weight.prefix(5)
    #expect(prefix.rows == 5)
    #expect(Self.decoded(prefix).array == Self.decoded(weight).rows(0..<5).array)
  }
}
