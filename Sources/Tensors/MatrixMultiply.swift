// Matrix products: the only caller of the GEMM libraries.

/// Products of row-major matrices in single precision.
package enum MatrixMultiply {
  /// Which factors are read transposed. `a` is m×k and `b` k×n as read.
  package enum Form: Sendable {
    /// c = a · b
    case plain
    /// c = a · bᵀ
    case secondTransposed
    /// c = aᵀ · b
    case firstTransposed
  }

  /// c = a · b in the given form, or c += a · b, on the calling thread.
  package static func multiply(
    _ form: Form, _ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false
  ) {
    let m = form == .firstTransposed ? a.columns : a.rows
    let k = form == .firstTransposed ? a.rows : a.columns
    let n = form == .secondTransposed ? b.rows : b.columns
    let bDepth = form == .secondTransposed ? b.columns : b.rows
    precondition(
      k == bDepth && c.rows == m && c.columns == n,
      "shapes do not fit: \(a.rows)×\(a.columns), \(b.rows)×\(b.columns) into "
        + "\(c.rows)×\(c.columns), \(form)")
    if m == 0 || n == 0 { return }
    // The command line loads the library before any work starts and reports what is missing.
    guard case .success(let library) = OpenBLAS.loaded else {
      preconditionFailure("OpenBLAS must be loaded before the first product")
    }
    unsafe library.multiply(
      CBLAS.rowMajor, form == .firstTransposed ? CBLAS.transposed : CBLAS.notTransposed,
      form == .secondTransposed ? CBLAS.transposed : CBLAS.notTransposed, Int32(m), Int32(n),
      Int32(k), 1, a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), accumulate ? 1 : 0,
      c.pointer, Int32(c.stride))
  }

  /// The same, its rows or columns spread over a team's threads.
  package static func multiply(
    _ form: Form, _ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false,
    team: ThreadTeam
  ) {
    if team.threadCount == 1 {
      multiply(form, a, b, into: c, accumulate: accumulate)
    } else if c.rows >= c.columns {
      cut(c.rows, team) { rows in
        let part = form == .firstTransposed ? a.columns(rows) : a.rows(rows)
        multiply(form, part, b, into: c.rows(rows), accumulate: accumulate)
      }
    } else {
      cut(c.columns, team) { columns in
        let part = form == .secondTransposed ? b.rows(columns) : b.columns(columns)
        multiply(form, a, part, into: c.columns(columns), accumulate: accumulate)
      }
    }
  }

  /// One piece a thread: every piece packs the other factor anew, so fewer pieces are faster. Some
  /// kernels (OpenBLAS's for Haswell and Zen among them) sum in another order at the edges of a
  /// piece, so that another number of threads may change the last bits.
  private static func cut(_ count: Int, _ team: ThreadTeam, _ body: (Range<Int>) -> Void) {
    let share = (count + team.threadCount - 1) / team.threadCount
    let length = (share + pieceAlignment - 1) / pieceAlignment * pieceAlignment
    team.run((count + length - 1) / length) { task, _ in
      body(task * length..<min(count, (task + 1) * length))
    }
  }

  /// Register tiles of the GEMM kernels divide this.
  private static let pieceAlignment = 16

  /// Constants of the CBLAS interface.
  private enum CBLAS {
    static let rowMajor: Int32 = 101
    static let notTransposed: Int32 = 111
    static let transposed: Int32 = 112
  }
}
