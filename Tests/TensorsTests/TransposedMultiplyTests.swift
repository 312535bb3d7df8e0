// Products with a transposed first factor in single precision against the naive version.
import Tensors
import TestSupport
import Testing

struct TransposedMultiplyTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let rows: Int
    let depth: Int
    let columns: Int
    var testDescription: String { "\(rows)×\(depth)×\(columns)" }
    /// A sum of as many products, each rounded: partial sums reach some √depth, and so does their
    /// number.
    var errorScale: Double { Double(4 + depth) }
  }

  /// Every number of rows beside whole tiles, more than one block of rows, depth and columns, and
  /// both sides of the width from which on the first factor is packed.
  static let shapes = [
    Shape(rows: 1, depth: 1, columns: 1), Shape(rows: 6, depth: 16, columns: 64),
    Shape(rows: 13, depth: 33, columns: 65), Shape(rows: 20, depth: 193, columns: 48),
    Shape(rows: 3, depth: 7, columns: 257), Shape(rows: 97, depth: 31, columns: 300),
    Shape(rows: 196, depth: 400, columns: 130), Shape(rows: 101, depth: 385, columns: 449),
    Shape(rows: 11, depth: 200, columns: 800), Shape(rows: 40, depth: 64, columns: 320),
  ]

  private static func factors(_ shape: Shape) -> (a: Matrix, b: Matrix, product: [Double]) {
    let a = randomMatrix(shape.depth, shape.rows, seed: 1, padding: 3)
    let b = randomMatrix(shape.depth, shape.columns, seed: 2, padding: 6)
    let first = Reference.transpose(
      a.array.map(Double.init), rows: shape.depth, columns: shape.rows)
    let product = Reference.multiply(
      first, b.array.map(Double.init), rows: shape.rows, depth: shape.depth,
      columns: shape.columns)
    return (a, b, product)
  }

  private static func scratch(_ count: Int) -> [Vector] {
    (0..<count).map { _ in
      // What an earlier product left there must not matter.
      let vector = Vector.zeros(TransposedMultiply.scratchCount)
      vector.fill(.nan)
      return vector
    }
  }

  @Test(arguments: shapes, PanelMultiplyTests.kernels)
  func productsAreTheSums(_ shape: Shape, wide: Bool) {
    let (a, b, product) = Self.factors(shape)
    // Nor what was in the result, and what lies beside it stays.
    let whole = Matrix.zeros(shape.rows, shape.columns + 4)
    whole.vector.fill(.nan)
    let c = whole.columns(1..<shape.columns + 1)
    TransposedMultiply.multiply(a, b, into: c, scratch: Self.scratch(1)[0], wide: wide)
    let replaced = WorstError("replaced", c.array, product, relativeTo: shape.errorScale)
    #expect(replaced.error < 4e-7, "\(replaced)")
    #expect(whole.columns(0..<1).array.allSatisfy { $0.isNaN }, "wrote left of its window")
    #expect(
      whole.columns(shape.columns + 1..<shape.columns + 4).array.allSatisfy { $0.isNaN },
      "wrote right of its window")
  }

  @Test(arguments: shapes, PanelMultiplyTests.kernels)
  func accumulateAdds(_ shape: Shape, wide: Bool) {
    let (a, b, product) = Self.factors(shape)
    let before = randomValues(shape.rows * shape.columns, seed: 3)
    let c = Matrix(Vector(before), rows: shape.rows, columns: shape.columns)
    TransposedMultiply.multiply(
      a, b, into: c, accumulate: true, scratch: Self.scratch(1)[0], wide: wide)
    let added = WorstError(
      "added", c.array, zip(before, product).map { Double($0) + $1 },
      relativeTo: shape.errorScale)
    #expect(added.error < 4e-7, "\(added)")
  }

  @Test(arguments: shapes, PanelMultiplyTests.kernels)
  func aPackedFactorGivesTheSameBits(_ shape: Shape, wide: Bool) {
    let (a, b, _) = Self.factors(shape)
    let memory = Vector([Float](repeating: .nan, count: FloatPanels.count(b.rows, b.columns)))
    let packed = FloatPanels(memory, depth: b.rows, columns: b.columns)
    packed.pack(b, transposed: false, wide: wide)
    let before = randomValues(shape.rows * shape.columns, seed: 5)
    let results = (0..<2).map { _ in
      Matrix(Vector(before), rows: shape.rows, columns: shape.columns)
    }
    let scratch = Self.scratch(1)[0]
    TransposedMultiply.multiply(
      a, b, into: results[0], accumulate: true, scratch: scratch, wide: wide)
    TransposedMultiply.multiply(
      a, packed, into: results[1], accumulate: true, scratch: scratch, wide: wide)
    let areTheSame = results[0].array == results[1].array
    #expect(areTheSame)
  }

  @Test(arguments: shapes)
  func anyNumberOfThreadsGivesTheSameBits(_ shape: Shape) {
    let (a, b, _) = Self.factors(shape)
    func product(_ threadCount: Int) -> [Float] {
      let c = Matrix(
        Vector(randomValues(shape.rows * shape.columns, seed: 4)), rows: shape.rows,
        columns: shape.columns)
      TransposedMultiply.multiply(
        a, b, into: c, accumulate: true, scratch: Self.scratch(threadCount),
        team: ThreadTeam(threadCount: threadCount))
      return c.array
    }
    let alone = product(1)
    for threadCount in [2, 3, 4, 6] { #expect(product(threadCount) == alone) }
  }

  @Test(arguments: PanelMultiplyTests.kernels)
  func notANumberIsNotLost(wide: Bool) {
    let a = randomMatrix(20, 20, seed: 6)
    a[9, 7] = .nan
    let c = Matrix.zeros(20, 20)
    TransposedMultiply.multiply(
      a, Matrix.zeros(20, 20), into: c, scratch: Self.scratch(1)[0], wide: wide)
    #expect(c.row(7).array.allSatisfy { $0.isNaN })
    #expect(c.row(8).array.allSatisfy { $0 == 0 })
  }
}
