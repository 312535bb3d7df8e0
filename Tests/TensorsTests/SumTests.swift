// The sum of several vectors against the same sum written out.
import Tensors
import TestSupport
import Testing

struct SumTests {
  /// More than two pieces, the last one short.
  private static let count = 20_011

  private func vectors(_ number: Int) -> [Vector] {
    (0..<number).map { Vector(randomValues(Self.count, seed: 1 + $0)) }
  }

  @Test(arguments: [1, 2, 3, 5], [1, 3])
  func theSumTakesTheFirstsPlace(_ number: Int, _ threadCount: Int) {
    let vectors = vectors(number)
    let before = vectors.map(\.array)
    let squares = VectorMath.sumIntoFirst(
      vectors, pieces: SumPieces(threadCount: threadCount),
      team: ThreadTeam(threadCount: threadCount))
    var expected = before[0]
    for values in before.dropFirst() {
      for index in expected.indices { expected[index] += values[index] }
    }
    // In the same order, so bit for bit.
    let sumsAgree = vectors[0].array == expected
    #expect(sumsAgree)
    let othersStay = vectors.dropFirst().map(\.array) == Array(before.dropFirst())
    #expect(othersStay)
    let expectedSquares = expected.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(squares / expectedSquares - 1) < 1e-6)
  }

  /// Bad at the start, in the middle and at the end; elsewhere the sum is made.
  @Test(arguments: [0, 10_000, count - 1], [0, 2])
  func aPieceThatIsNotFiniteStaysUnadded(_ place: Int, _ bad: Int) {
    let vectors = vectors(3)
    vectors[bad][place] = .nan
    let before = vectors[0].array
    let squares = VectorMath.sumIntoFirst(
      vectors, pieces: SumPieces(threadCount: 2), team: ThreadTeam(threadCount: 2))
    #expect(squares.isNaN)
    #expect(vectors.indices.filter { vectors[$0].array.contains(where: \.isNaN) } == [bad])
    #expect(vectors[0][place].bitPattern == before[place].bitPattern)
    let changed = vectors[0].array.indices.filter { vectors[0][$0] != before[$0] }.count
    #expect(changed > Self.count / 3 && changed < Self.count)
  }

  @Test func vectorsMayBeEmpty() {
    let squares = VectorMath.sumIntoFirst(
      [Vector.zeros(0), Vector.zeros(0)], pieces: SumPieces(threadCount: 1),
      team: ThreadTeam(threadCount: 1))
    #expect(squares == 0)
  }

  @Test func aPartOfABufferIsItsMemory() {
    var part: FloatBuffer?
    do {
      let whole = FloatBuffer(count: 10)
      part = whole.part(4..<7)
      whole.vector[5] = 2
    }
    #expect(part?.vector.array == [0, 2, 0])
  }
}
