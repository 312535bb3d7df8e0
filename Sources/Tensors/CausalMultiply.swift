// Products of causal attention in single precision: what the mask hides is not computed.
import CKernels

/// Products with scores, or with what becomes of them: a block of queries from `firstQuery` on in
/// rows, all keys that its last query sees in columns. Query q sees the keys 0...q.
package enum CausalMultiply {
  /// scores = queries · keys, keys transposed. What a query does not see is undefined.
  /// - Precondition: rows of `scores` lie `keys.roomForColumns` apart at least.
  package static func scores(
    _ queries: Matrix, _ keys: FloatPanels, firstQuery: Int, into scores: Matrix,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      queries.columns == keys.depth && scores.rows == queries.rows
        && scores.stride >= keys.roomForColumns(scores.columns)
        && scores.columns <= keys.columns && firstQuery + scores.rows <= scores.columns,
      "causal scores: shapes do not fit")
    multiply(
      CK_SEEN_COLUMNS, queries, keys, into: scores, depth: keys.depth, firstQuery,
      accumulate: false, wide)
  }

  /// out = weights · values, of which the first rows are taken that there are weights for. Weights
  /// of what a query does not see are 0.
  package static func weighted(
    _ weights: Matrix, _ values: FloatPanels, firstQuery: Int, into out: Matrix,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      weights.columns <= values.depth && out.rows == weights.rows
        && out.columns == values.columns && firstQuery + weights.rows <= weights.columns,
      "causal weighting: shapes do not fit")
    multiply(
      CK_SEEN_DEPTH, weights, values, into: out, depth: weights.columns, firstQuery,
      accumulate: false, wide)
  }

  /// out = weightsᵀ · rows, one row for each key; or added to out.
  package static func transposedWeighted(
    _ weights: Matrix, _ rows: FloatPanels, firstQuery: Int, into out: Matrix, accumulate: Bool,
    wide: Bool = VectorMath.hasWideRegisters
  ) {
    precondition(
      weights.rows == rows.depth && out.rows == weights.columns && out.columns == rows.columns
        && firstQuery + weights.rows <= weights.columns,
      "causal weighting of keys: shapes do not fit")
    multiply(
      CK_SEEN_ROWS, weights, rows, into: out, depth: rows.depth, firstQuery,
      accumulate: accumulate, wide)
  }

  private static func multiply(
    _ form: ck_causal_form, _ a: Matrix, _ b: FloatPanels, into out: Matrix, depth: Int,
    _ firstQuery: Int, accumulate: Bool, _ wide: Bool
  ) {
    unsafe ck_causal_multiply(
      form, a.pointer, a.stride, b.kernelArgument, out.pointer, out.stride, out.rows, depth,
      out.columns, firstQuery, accumulate, wide)
  }
}
