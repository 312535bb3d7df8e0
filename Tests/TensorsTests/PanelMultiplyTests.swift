// Products with a packed second factor in single precision, by both kinds of kernels.
import Tensors
import TestSupport
import Testing

struct PanelMultiplyTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let rows: Int
    let depth: Int
    let columns: Int
    var testDescription: String { "\(rows)×\(depth)×\(columns)" }
  }

  /// Whole tiles and panels, and all kinds of remainders; depths beyond a pass of 512.
  static let shapes = [
    Shape(rows: 1, depth: 1, columns: 1), Shape(rows: 6, depth: 16, columns: 64),
    Shape(rows: 7, depth: 33, columns: 65), Shape(rows: 29, depth: 96, columns: 48),
    Shape(rows: 13, depth: 97, columns: 31), Shape(rows: 64, depth: 200, columns: 130),
    Shape(rows: 5, depth: 193, columns: 17), Shape(rows: 10, depth: 513, columns: 64),
    Shape(rows: 9, depth: 1_030, columns: 100), Shape(rows: 2, depth: 40, columns: 256),
    Shape(rows: 3, depth: 47, columns: 70),
  ]
  static let kernels = VectorMath.hasWideRegisters ? [false, true] : [false]

  private func expected(_ shape: Shape, _ a: (Int, Int) -> Float, _ b: Matrix) -> [Double] {
    (0..<shape.rows * shape.columns).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: shape.columns)
      return (0..<shape.depth).reduce(0.0) {
        $0 + Double(a(row, $1)) * Double(b[$1, column])
      }
    }
  }

  private func panels(_ b: Matrix, wide: Bool) -> FloatPanels {
    let panels = FloatPanels(
      Vector.zeros(FloatPanels.count(b.rows, b.columns)), depth: b.rows, columns: b.columns)
    panels.pack(b, transposed: false, wide: wide)
    return panels
  }

  @Test(arguments: shapes, kernels)
  func productsAreTheSums(_ shape: Shape, wide: Bool) {
    let a = randomMatrix(shape.rows, shape.depth, seed: 1, padding: 5)
    let b = randomMatrix(shape.depth, shape.columns, seed: 2)
    let c = randomMatrix(shape.rows, shape.columns, seed: 3, padding: 3)
    let before = c.array.map(Double.init)
    let sums = expected(shape, { a[$0, $1] }, b)
    let bound = 1e-6 * Double(shape.depth + 8)
    PanelMultiply.multiply(a, panels(b, wide: wide), into: c, accumulate: true, wide: wide)
    let added = WorstError("added", c.array, zip(before, sums).map(+))
    #expect(added.error < bound, "\(added)")
    PanelMultiply.multiply(a, panels(b, wide: wide), into: c, wide: wide)
    let replaced = WorstError("replaced", c.array, sums)
    #expect(replaced.error < bound, "\(replaced)")
  }

  @Test(arguments: kernels, [false, true])
  func teamsPackAsOneThreadDoes(wide: Bool, transposed: Bool) {
    // Deeper than what one thread packs at a time.
    let (depth, columns) = (600, 200)
    let matrix =
      transposed ? randomMatrix(columns, depth, seed: 4) : randomMatrix(depth, columns, seed: 4)
    let count = FloatPanels.count(depth, columns)
    let alone = Vector.zeros(count)
    FloatPanels(alone, depth: depth, columns: columns).pack(
      matrix, transposed: transposed, wide: wide)
    let together = Vector.zeros(count)
    FloatPanels(together, depth: depth, columns: columns).pack(
      matrix, transposed: transposed, team: ThreadTeam(threadCount: 3))
    let areTheSame = alone.array == together.array
    #expect(areTheSame)
    #expect(count >= depth * columns && alone.array.contains(matrix[3, 5]))
  }

  @Test(arguments: kernels)
  func notANumberIsNotLost(wide: Bool) {
    let a = randomMatrix(20, 20, seed: 6)
    a[7, 9] = .nan
    let c = Matrix.zeros(20, 20)
    PanelMultiply.multiply(a, panels(Matrix.zeros(20, 20), wide: wide), into: c, wide: wide)
    #expect(c.row(7).array.allSatisfy { $0.isNaN })
    #expect(c.row(8).array.allSatisfy { $0 == 0 })
  }

  /// Sums between panels of the result must not reach into its neighbours.
  @Test(arguments: kernels)
  func whatLiesBesideTheResultStays(wide: Bool) {
    let whole = Matrix.zeros(4, 40)
    whole.vector.fill(7)
    let b = randomMatrix(9, 21, seed: 8)
    PanelMultiply.multiply(
      randomMatrix(4, 9, seed: 7), panels(b, wide: wide), into: whole.columns(5..<26), wide: wide)
    for row in 0..<4 {
      #expect(whole.row(row)[0..<5].array.allSatisfy { $0 == 7 })
      #expect(whole.row(row)[26..<40].array.allSatisfy { $0 == 7 })
    }
  }
}
