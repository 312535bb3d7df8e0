// What the head does to rows besides its products, behind checked windows; on the calling thread.
import CKernels

extension VectorMath {
  /// The largest value of every row, or of that and what `maxima` holds.
  package static func rowMaxima(of x: Matrix, into maxima: Vector, keepLarger: Bool) {
    precondition(x.columns > 0 && maxima.count == x.rows, "maxima: shapes do not fit")
    unsafe ck_row_maxima(maxima.pointer, x.pointer, x.stride, x.rows, x.columns, keepLarger)
  }

  /// exp(x - reference of its row), rounded into `kept` if that is asked for.
  /// - Parameter sums: rows × 1, the sum of every row's exponentials before rounding.
  package static func exponentials(
    _ x: Matrix, references: Vector, into kept: BFloat16Matrix?, sums: Matrix
  ) {
    precondition(
      references.count == x.rows && sums.rows == x.rows && sums.columns == 1
        && kept?.rows ?? x.rows == x.rows && kept?.columns ?? x.columns == x.columns,
      "exponentials: shapes do not fit")
    unsafe ck_exponentials_bf16(
      kept?.pointer, kept?.stride ?? 0, x.pointer, x.stride, x.rows, x.columns,
      references.pointer, sums.pointer, sums.stride)
  }

  /// The same unrounded, into memory of its own.
  package static func exponentials(
    _ x: Matrix, references: Vector, into kept: Matrix, sums: Matrix
  ) {
    precondition(
      references.count == x.rows && sums.rows == x.rows && sums.columns == 1
        && kept.rows == x.rows && kept.columns == x.columns, "exponentials: shapes do not fit")
    unsafe ck_exponentials(
      kept.pointer, kept.stride, x.pointer, x.stride, x.rows, x.columns, references.pointer,
      sums.pointer, sums.stride)
  }

  /// target += factor · source.
  package static func addScaled(_ source: Vector, factor: Float, to target: Vector) {
    precondition(source.count == target.count, "add: shapes do not fit")
    unsafe ck_add_scaled(target.pointer, source.pointer, factor, target.count)
  }

  /// target += factor · source, which is one row.
  package static func addScaled(_ source: BFloat16Matrix, factor: Float, to target: Vector) {
    precondition(source.rows == 1 && source.columns == target.count, "add: shapes do not fit")
    unsafe ck_add_scaled_bf16(target.pointer, source.pointer, factor, target.count)
  }

  /// Row r of y = factors[r] · row r of x.
  package static func scaleRows(of x: Matrix, by factors: Vector, into y: Matrix) {
    precondition(
      x.rows == y.rows && x.columns == y.columns && factors.count == x.rows,
      "scaled rows: shapes do not fit")
    unsafe ck_scale_rows(
      y.pointer, y.stride, x.pointer, x.stride, x.rows, x.columns, factors.pointer)
  }

  /// The same, rounded.
  package static func scaleRows(of x: Matrix, by factors: Vector, into y: BFloat16Matrix) {
    precondition(
      x.rows == y.rows && x.columns == y.columns && factors.count == x.rows,
      "scaled rows: shapes do not fit")
    unsafe ck_round_scaled_rows(
      y.pointer, y.stride, x.pointer, x.stride, x.rows, x.columns, factors.pointer)
  }

  /// Row r of y = factors[r] · row r of x.
  package static func scaleRows(
    of x: BFloat16Matrix, by factors: Vector, into y: BFloat16Matrix
  ) {
    precondition(
      x.rows == y.rows && x.columns == y.columns && factors.count == x.rows,
      "scaled rows: shapes do not fit")
    unsafe ck_scale_rows_bf16(
      y.pointer, y.stride, x.pointer, x.stride, x.rows, x.columns, factors.pointer)
  }

  /// sums[r] += Σ of weights · row r of x.
  package static func addWeightedSums(
    of x: BFloat16Matrix, weights: Vector, to sums: Vector
  ) {
    precondition(
      weights.count == x.columns && sums.count == x.rows, "weighted sums: shapes do not fit")
    unsafe ck_add_weighted_sums_bf16(
      sums.pointer, x.pointer, x.stride, x.rows, x.columns, weights.pointer)
  }

  /// Rows `rows` of y = factor · Σ of `partCount` matrices one below the other in `parts`, and where
  /// choices[r] is not negative, plus otherFactors[r] · row choices[r] of `other`.
  package static func combineRows(
    _ rows: Range<Int>, of parts: Matrix, partCount: Int, factors: Vector, other: Matrix,
    otherFactors: Vector, choices: ArraySlice<Int32>, into y: Matrix
  ) {
    let height = y.rows
    precondition(
      parts.rows == partCount * height && partCount >= 1 && parts.isContiguous
        && y.isContiguous && other.isContiguous && parts.columns == y.columns
        && other.columns == y.columns && rows.upperBound <= height && factors.count == height
        && otherFactors.count == height && choices.count == height
        && choices.dropFirst(rows.lowerBound).prefix(rows.count).allSatisfy { $0 < other.rows },
      "combined rows: shapes do not fit")
    unsafe choices.withUnsafeBufferPointer {
      guard let choice = $0.baseAddress else { return }
      unsafe ck_combine_rows(
        y.rows(rows).pointer, parts.pointer + rows.lowerBound * parts.stride, partCount,
        height * parts.stride, factors.pointer + rows.lowerBound, other.pointer,
        otherFactors.pointer + rows.lowerBound, choice + rows.lowerBound, rows.count, y.columns)
    }
  }
}
