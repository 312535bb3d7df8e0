// Passes over whole vectors: sums, scaling, biases.
import Tensors
import TestSupport
import Testing

struct VectorMathTests {
  static let counts = [0, 1, 15, 16, 17, 1_000, 16_384, 16_385, 100_003]

  @Test(arguments: counts, [1, 3])
  func sumOfSquaresIsExactInDouble(count: Int, threadCount: Int) {
    let values = randomValues(count, seed: count, mean: 100)
    let sum = VectorMath.sumOfSquares(Vector(values), team: ThreadTeam(threadCount: threadCount))
    let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(sum - expected) <= 1e-12 * expected)
  }

  @Test func sumOfSquaresDoesNotOverflowASingle() {
    let sum = VectorMath.sumOfSquares(
      Vector([Float](repeating: 1e30, count: 20)), team: ThreadTeam(threadCount: 1))
    #expect(abs(sum / 2e61 - 1) < 1e-6)
  }

  @Test(arguments: [2, 3])
  func sumOfSquaresIsTheSameForAnyTeam(threadCount: Int) {
    let values = Vector(randomValues(100_003, seed: 8))
    #expect(
      VectorMath.sumOfSquares(values, team: ThreadTeam(threadCount: 1))
        == VectorMath.sumOfSquares(values, team: ThreadTeam(threadCount: threadCount)))
  }

  @Test(arguments: counts)
  func fillReachesEveryElementOfTheirWindowOnly(count: Int) {
    let team = ThreadTeam(threadCount: 2)
    let values = randomValues(count + 4, seed: count)
    let whole = Vector(values)
    let window = whole[2..<count + 2]
    VectorMath.fill(window, 7, team: team)
    let filled = [Float](repeating: 7, count: count)
    #expect(whole.array == Array(values[0..<2] + filled + values[(count + 2)...]))
  }

  @Test(arguments: counts)
  func addAddsAndMayWriteIntoASummand(count: Int) {
    let (a, b) = (randomValues(count, seed: 1), randomValues(count, seed: 2))
    let expected = zip(a, b).map { $0 + $1 }
    let sum = Vector.zeros(count)
    VectorMath.add(Vector(a), Vector(b), into: sum)
    #expect(sum.array == expected)
    let (first, second) = (Vector(a), Vector(b))
    VectorMath.add(first, second, into: second)
    #expect(second.array == expected)
    VectorMath.add(Vector(b), to: first)
    #expect(first.array == expected)
  }

  @Test(arguments: [1, 7, 16, 17, 33, 100])
  func dotIsTheSumOfProducts(count: Int) {
    let (a, b) = (randomValues(count, seed: 3), randomValues(count, seed: 4))
    let expected = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(VectorMath.dot(Vector(a), Vector(b))) - expected) < 1e-5)
    let (first, second) = (
      randomMatrix(3, count, seed: 5, padding: 2), randomMatrix(3, count, seed: 6)
    )
    let sums = Vector.zeros(3)
    VectorMath.rowDots(first, second, into: sums)
    #expect(
      sums.array == (0..<3).map { VectorMath.dot(first.row($0), second.row($0)) })
  }

  @Test(arguments: [1, 7, 17, 100])
  func biasIsAddedToEveryRow(width: Int) {
    let y = randomMatrix(4, width, seed: width)
    let bias = randomValues(width, seed: 5)
    let expected = y.array.enumerated().map { $1 + bias[$0 % width] }
    VectorMath.addBias(Vector(bias), to: y)
    #expect(y.array == expected)
  }

  @Test(arguments: [1, 7, 17, 100])
  func columnSumsAreAddedInTheGivenColumns(width: Int) {
    let x = randomMatrix(6, width, seed: width)
    let sums = Vector(randomValues(width, seed: 6))
    let columns = width / 3..<max(width / 3, width - 2)
    var expected = sums.array.map(Double.init)
    for row in 0..<6 { for column in columns { expected[column] += Double(x[row, column]) } }
    VectorMath.addColumnSums(of: x, columns: columns, to: sums)
    #expect(WorstError("sums", sums.array, expected).error < 1e-5)
  }
}
