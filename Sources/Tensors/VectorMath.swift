// Passes over whole vectors that belong to no layer, spread over a team's threads.
import CKernels

package enum VectorMath {
  /// Pieces of at least this many floats: less is not worth a thread's attention.
  static let minimumPiece = 16_384

  /// Whether this CPU has the registers of AVX-512, for which some kernels are written a second
  /// time; tests run both.
  package static let hasWideRegisters = ck_cpu_has_avx512()

  /// `count` floats rounded up to whole vectors, which some passes compute at the ends of rows.
  package static func wholeVectors(_ count: Int) -> Int {
    (count + Int(CK_LANES) - 1) / Int(CK_LANES) * Int(CK_LANES)
  }

  /// target += source, on the calling thread.
  package static func add(_ source: Vector, to target: Vector) {
    add(target, source, into: target)
  }

  /// sum = a + b, on the calling thread. `sum` may be `a` or `b`.
  package static func add(_ a: Vector, _ b: Vector, into sum: Vector) {
    precondition(
      a.count == sum.count && b.count == sum.count,
      "\(a.count) and \(b.count) floats added into \(sum.count)")
    unsafe ck_add(sum.pointer, a.pointer, b.pointer, sum.count)
  }

  /// target = value everywhere.
  package static func fill(_ target: Vector, _ value: Float, team: ThreadTeam) {
    team.runRanges(target.count, minimum: minimumPiece, alignment: ParameterLayout.alignment) {
      target[$0].fill(value)
    }
  }

  /// Σ x², in double precision; pieces are added in order, so any team gives the same sum.
  package static func sumOfSquares(_ source: Vector, team: ThreadTeam) -> Double {
    let pieceCount = (source.count + minimumPiece - 1) / minimumPiece
    let sums = PieceSums(count: pieceCount)
    team.run(pieceCount) { piece, _ in
      let range = piece * minimumPiece..<min(source.count, (piece + 1) * minimumPiece)
      sums[piece] = unsafe ck_sum_of_squares(source[range].pointer, range.count)
    }
    return sums.total
  }
}

/// One double a piece of work. `@unchecked Sendable`: each piece is written by one task, and read
/// after the run.
@safe
final class PieceSums: @unchecked Sendable {
  private let values: UnsafeMutableBufferPointer<Double>

  var count: Int { unsafe values.count }

  init(count: Int) {
    unsafe values = .allocate(capacity: count)
    unsafe values.initialize(repeating: 0)
  }

  deinit { unsafe values.deallocate() }

  subscript(piece: Int) -> Double {
    get { unsafe values[piece] }
    set { unsafe values[piece] = newValue }
  }

  var total: Double { unsafe values.reduce(0, +) }
}
