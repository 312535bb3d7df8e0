// Rows of the token and position embeddings: gathered, and their gradients scattered.
import CKernels

extension VectorMath {
  /// out = the rows of `tokens` with these ids, each with that of its position added: sequences of
  /// `time` tokens one after the other.
  package static func embed(
    _ ids: [Int32], time: Int, tokens: Matrix, positions: Matrix, into out: Matrix,
    team: ThreadTeam, minimumRows: Int
  ) {
    check(ids, time: time, tokens, positions, out)
    team.runRanges(out.rows, minimum: minimumRows) { rows in
      unsafe ids.withUnsafeBufferPointer { ids in
        guard let ids = ids.baseAddress else { return }
        unsafe ck_embed(
          out.pointer, tokens.pointer, positions.pointer, ids, time, out.columns,
          rows.lowerBound, rows.upperBound)
      }
    }
  }

  /// Adds every row's gradient to its token's and its position's. Threads share out columns, so that
  /// no two of them meet in one place and the order of the sums is fixed.
  package static func embedBackward(
    _ gradient: Matrix, _ ids: [Int32], time: Int, tokens: Matrix, positions: Matrix,
    team: ThreadTeam, minimumColumns: Int
  ) {
    check(ids, time: time, tokens, positions, gradient)
    team.runRanges(gradient.columns, minimum: minimumColumns, alignment: minimumColumns) {
      columns in
      unsafe ids.withUnsafeBufferPointer { ids in
        guard let ids = ids.baseAddress else { return }
        unsafe ck_embed_backward(
          tokens.pointer, positions.pointer, gradient.pointer, ids, gradient.rows, time,
          gradient.columns, columns.lowerBound, columns.upperBound)
      }
    }
  }

  private static func check(
    _ ids: [Int32], time: Int, _ tokens: Matrix, _ positions: Matrix, _ rows: Matrix
  ) {
    precondition(
      ids.count == rows.rows && tokens.columns == rows.columns
        && positions.columns == rows.columns && tokens.isContiguous && positions.isContiguous
        && rows.isContiguous && time <= positions.rows
        && ids.allSatisfy { $0 >= 0 && $0 < tokens.rows },
      "embedding: shapes do not fit, or an id has no row")
  }
}
