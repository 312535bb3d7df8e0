// The sum of several long vectors in one pass over memory.
import CKernels

/// Room for one piece of a sum for each thread of a team, small enough for the fastest cache.
package struct SumPieces: Sendable {
  static let length = 8_192
  private let buffer: FloatBuffer

  package init(threadCount: Int) { buffer = FloatBuffer(count: threadCount * Self.length) }

  func piece(_ thread: Int, _ count: Int) -> Vector {
    Vector(buffer: buffer, offset: thread * Self.length, count: count)
  }
}

extension VectorMath {
  /// vectors[0] = Σ vectors, added in their order whatever the team, so that sums repeat bit for
  /// bit; the other vectors stay as they are.
  ///
  /// A piece whose sum is not finite is left unadded: whose numbers are bad can still be seen.
  /// - Returns: Σ of the squares of the sum.
  package static func sumIntoFirst(
    _ vectors: [Vector], pieces: SumPieces, team: ThreadTeam
  ) -> Double {
    let first = vectors[0]
    precondition(
      vectors.allSatisfy { $0.count == first.count }, "vectors of unequal lengths to add")
    let length = SumPieces.length
    let squares = PieceSums(count: (first.count + length - 1) / length)
    team.run(squares.count) { piece, thread in
      let range = piece * length..<min(first.count, (piece + 1) * length)
      let target = first[range]
      if vectors.count == 1 {
        squares[piece] = unsafe ck_sum_of_squares(target.pointer, range.count)
        return
      }
      let sum = pieces.piece(thread, range.count)
      add(target, vectors[1][range], into: sum)
      for vector in vectors.dropFirst(2) { add(vector[range], to: sum) }
      squares[piece] = unsafe ck_sum_of_squares(sum.pointer, range.count)
      if squares[piece].isFinite { target.copy(from: sum) }
    }
    return squares.total
  }
}
