// Matrix products in all forms against the naive version.
import Tensors
import TestSupport
import Testing

struct MatrixMultiplyTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let m, n, k: Int
    var testDescription: String { "\(m)×\(n), depth \(k)" }
    /// A sum of k products, each rounded: partial sums reach some √k, and so does their number.
    var errorScale: Double { Double(4 + k) }
  }

  static let shapes = [
    Shape(m: 1, n: 1, k: 1), Shape(m: 1, n: 50, k: 7), Shape(m: 33, n: 1, k: 9),
    Shape(m: 5, n: 7, k: 3), Shape(m: 17, n: 130, k: 33), Shape(m: 200, n: 31, k: 65),
    Shape(m: 64, n: 64, k: 64), Shape(m: 129, n: 127, k: 401),
  ]
  static let forms: [MatrixMultiply.Form] = [.plain, .secondTransposed, .firstTransposed]

  /// Factors stored as the form wants them, with gaps between rows, and their exact product.
  private static func factors(_ form: MatrixMultiply.Form, _ shape: Shape) -> (
    a: Matrix, b: Matrix, product: [Double]
  ) {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    let a =
      form == .firstTransposed
      ? randomMatrix(k, m, seed: 1, padding: 3) : randomMatrix(m, k, seed: 1, padding: 3)
    let b =
      form == .secondTransposed
      ? randomMatrix(n, k, seed: 2, padding: 6) : randomMatrix(k, n, seed: 2, padding: 6)
    var (first, second) = (a.array.map(Double.init), b.array.map(Double.init))
    if form == .firstTransposed { first = Reference.transpose(first, rows: k, columns: m) }
    if form == .secondTransposed { second = Reference.transpose(second, rows: n, columns: k) }
    return (a, b, Reference.multiply(first, second, rows: m, depth: k, columns: n))
  }

  @Test(arguments: forms, shapes)
  func productOfStridedMatrices(form: MatrixMultiply.Form, shape: Shape) {
    let (a, b, product) = Self.factors(form, shape)
    for threadCount in 1...3 {
      let team = ThreadTeam(threadCount: threadCount)
      // Old contents that are not a number must not shine through.
      let whole = Matrix.zeros(shape.m, shape.n + 4)
      whole.vector.fill(.nan)
      let c = whole.columns(1..<shape.n + 1)
      MatrixMultiply.multiply(form, a, b, into: c, team: team)
      let worst = WorstError("product", c.array, product, relativeTo: shape.errorScale)
      #expect(worst.error < 4e-7, "\(threadCount) threads, \(worst)")
      #expect(whole.columns(0..<1).array.allSatisfy { $0.isNaN }, "wrote left of its window")
      #expect(
        whole.columns(shape.n + 1..<shape.n + 4).array.allSatisfy { $0.isNaN },
        "wrote right of its window")
    }
  }

  @Test(arguments: forms, shapes)
  func accumulateAdds(form: MatrixMultiply.Form, shape: Shape) {
    let (a, b, product) = Self.factors(form, shape)
    let before = randomValues(shape.m * shape.n, seed: 3)
    let expected = zip(before, product).map { Double($0) + $1 }
    for threadCount in 1...3 {
      let c = Matrix(Vector(before), rows: shape.m, columns: shape.n)
      MatrixMultiply.multiply(
        form, a, b, into: c, accumulate: true, team: ThreadTeam(threadCount: threadCount))
      let worst = WorstError("sum", c.array, expected, relativeTo: shape.errorScale)
      #expect(worst.error < 4e-7, "\(threadCount) threads, \(worst)")
    }
  }

  /// The products of a layer: rows of tokens times weights, and gradients. A run that is repeated
  /// must repeat to the bit; another number of threads may round differently.
  @Test(
    arguments: forms,
    [
      Shape(m: 512, n: 384, k: 384), Shape(m: 384, n: 1_536, k: 512), Shape(m: 130, n: 48, k: 48),
      Shape(m: 26, n: 96, k: 24), Shape(m: 1, n: 500, k: 64),
    ])
  func sameThreadsGiveTheSameBits(form: MatrixMultiply.Form, shape: Shape) {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    let a = form == .firstTransposed ? randomMatrix(k, m, seed: 4) : randomMatrix(m, k, seed: 4)
    let b = form == .secondTransposed ? randomMatrix(n, k, seed: 5) : randomMatrix(k, n, seed: 5)
    func product(_ threadCount: Int) -> [Float] {
      let c = Matrix.zeros(m, n)
      MatrixMultiply.multiply(form, a, b, into: c, team: ThreadTeam(threadCount: threadCount))
      return c.array
    }
    let alone = product(1).map(Double.init)
    for threadCount in 2...3 {
      let shared = product(threadCount)
      #expect(shared == product(threadCount))
      let worst = WorstError("product", shared, alone, relativeTo: shape.errorScale)
      #expect(worst.error < 4e-7, "\(threadCount) threads, \(worst)")
    }
  }

  @Test func noRowsAreNoProduct() {
    MatrixMultiply.multiply(
      .plain, Matrix.zeros(0, 3), Matrix.zeros(3, 2), into: Matrix.zeros(0, 2),
      team: ThreadTeam(threadCount: 2))
  }

  @Test func notANumberIsNotLost() {
    let a = randomMatrix(20, 20, seed: 6)
    a[7, 9] = .nan
    let c = Matrix.zeros(20, 20)
    MatrixMultiply.multiply(.plain, a, Matrix.zeros(20, 20), into: c)
    #expect(c.row(7).array.allSatisfy { $0.isNaN })
    #expect(c.row(8).array.allSatisfy { $0 == 0 })
  }

  @Test func libraryTellsItsKernels() throws {
    #expect(try OpenBLAS.load().summary.contains("OpenBLAS"))
  }
}
