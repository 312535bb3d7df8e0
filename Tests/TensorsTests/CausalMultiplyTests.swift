// Products that leave out what the mask hides, on each set of registers.
import Tensors
import TestSupport
import Testing

struct CausalMultiplyTests {
  /// A block of queries at the end of `time` keys, heads `width` wide.
  struct Shape: CustomTestStringConvertible, Sendable {
    let queries, time, width: Int

    var first: Int { time - queries }
    var testDescription: String { "\(queries) of \(time), \(width) wide" }
  }

  /// Around tiles of 4, 6, 8 and 12 rows, vectors of 16 and panels of 64.
  static let shapes = [
    (1, 1, 1), (5, 5, 3), (3, 17, 16), (12, 40, 20), (13, 64, 32), (64, 64, 48), (20, 84, 64),
    (64, 200, 65), (47, 130, 80), (64, 192, 128), (7, 70, 144),
  ].map { Shape(queries: $0.0, time: $0.1, width: $0.2) }

  static let registers = VectorMath.hasWideRegisters ? [false, true] : [false]

  private static func panels(
    _ matrix: Matrix, transposed: Bool = false, wide: Bool = false
  ) -> FloatPanels {
    let (depth, columns) =
      transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    let memory = Vector([Float](repeating: .nan, count: FloatPanels.count(depth, columns)))
    let panels = FloatPanels(memory, depth: depth, columns: columns)
    panels.pack(matrix, transposed: transposed, wide: wide)
    return panels
  }

  /// What a query does not see is nothing within a vector, and is not read beyond.
  private static func weights(_ shape: Shape) -> Matrix {
    let weights = randomMatrix(shape.queries, shape.time, seed: 3, padding: 5)
    for query in 0..<shape.queries {
      for key in shape.first + query + 1..<max(shape.first + query + 1, shape.time) {
        weights[query, key] = key <= shape.first + query + 16 ? 0 : .nan
      }
    }
    return weights
  }

  /// Compares with Σ a·b over `places` in Double, in units of Σ |a·b|; nil where it is hidden.
  private static func expect(
    _ result: Matrix, _ name: String, factor: Double = 1,
    places: (_ row: Int, _ column: Int) -> Range<Int>?,
    a: (_ row: Int, _ place: Int) -> Float, b: (_ place: Int, _ column: Int) -> Float
  ) {
    var (ours, expected): ([Double], [Double]) = ([], [])
    for row in 0..<result.rows {
      for column in 0..<result.columns {
        guard let places = places(row, column) else { continue }
        let products = places.map { factor * Double(a(row, $0)) * Double(b($0, column)) }
        let magnitude = products.reduce(0) { $0 + abs($1) }
        ours.append(Double(result[row, column]) / magnitude)
        expected.append(products.reduce(0, +) / magnitude)
      }
    }
    let worst = WorstError(name, ours, expected)
    #expect(worst.error < 4e-7, "\(worst)")
  }

  @Test(arguments: shapes, registers)
  func scoresAreProductsOfQueriesAndKeys(_ shape: Shape, wide: Bool) {
    let queries = randomMatrix(shape.queries, shape.width, seed: 1, padding: 7)
    let keys = randomMatrix(shape.time, shape.width, seed: 2, padding: 9)
    // More keys than this block sees.
    let more = randomMatrix(shape.time + 30, shape.width, seed: 4)
    for row in 0..<shape.time {
      for column in 0..<shape.width { more[row, column] = keys[row, column] }
    }
    for keysAndMore in [keys, more] {
      let packed = Self.panels(keysAndMore, transposed: true, wide: wide)
      let room = packed.roomForColumns(shape.time)
      let memory = Matrix.zeros(shape.queries + 1, room)
      for column in 0..<room { memory[shape.queries, column] = 7 }
      let scores = memory.rows(0..<shape.queries).columns(0..<shape.time)
      CausalMultiply.scores(queries, packed, firstQuery: shape.first, into: scores, wide: wide)
      Self.expect(
        scores, "scores",
        places: { query, key in key <= shape.first + query ? 0..<shape.width : nil },
        a: { queries[$0, $1] }, b: { keys[$1, $0] })
      #expect(memory.row(shape.queries).array.allSatisfy { $0 == 7 })
    }
  }

  @Test(arguments: shapes, registers)
  func weightedValuesAreSummed(_ shape: Shape, wide: Bool) {
    let weights = Self.weights(shape)
    let values = randomMatrix(shape.time + 5, shape.width, seed: 5, padding: 3)
    let memory = Matrix.zeros(shape.queries, shape.width + 1)
    for row in 0..<shape.queries { memory[row, shape.width] = 7 }
    let out = memory.columns(0..<shape.width)
    CausalMultiply.weighted(
      weights, Self.panels(values), firstQuery: shape.first, into: out, wide: wide)
    Self.expect(
      out, "weighted", places: { query, _ in 0..<shape.first + query + 1 },
      a: { weights[$0, $1] }, b: { values[$0, $1] })
    #expect((0..<shape.queries).allSatisfy { memory[$0, shape.width] == 7 })
  }

  @Test(arguments: shapes, registers)
  func keysGatherFromTheQueriesThatSeeThem(_ shape: Shape, wide: Bool) {
    let weights = Self.weights(shape)
    let rows = randomMatrix(shape.queries, shape.width, seed: 6, padding: 2)
    let memory = Matrix.zeros(shape.time, shape.width + 1)
    for row in 0..<shape.time { memory[row, shape.width] = 7 }
    let out = memory.columns(0..<shape.width)
    for factor in [1.0, 2.0] {
      CausalMultiply.transposedWeighted(
        weights, Self.panels(rows), firstQuery: shape.first, into: out, accumulate: factor > 1,
        wide: wide)
      Self.expect(
        out, "gathered", factor: factor,
        places: { key, _ in max(0, key - shape.first)..<shape.queries },
        a: { weights[$1, $0] }, b: { rows[$0, $1] })
    }
    #expect((0..<shape.time).allSatisfy { memory[$0, shape.width] == 7 })
  }
}
