// The kernels that layers are made of, behind checked windows; all on the calling thread.
// Shapes: x, y, d… are rows × width; one value a row for mean and rstd.
import CKernels

extension VectorMath {
  /// y = (x - mean) · rstd · weight + bias, and mean and rstd = 1/√(variance + ε) of every row.
  package static func layerNorm(
    _ x: Matrix, weight: Vector, bias: Vector?, into y: Matrix, mean: Vector, rstd: Vector,
    epsilon: Float
  ) {
    let rows = x.rows
    precondition(
      x.isContiguous && y.isContiguous && y.rows == rows && y.columns == x.columns
        && weight.count == x.columns && bias?.count ?? x.columns == x.columns
        && mean.count == rows && rstd.count == rows, "layer norm: shapes do not fit")
    unsafe ck_layer_norm_forward(
      y.pointer, mean.pointer, rstd.pointer, x.pointer, weight.pointer, bias?.pointer, rows,
      x.columns, epsilon)
  }

  /// dx += gradient of the norm's input; adds the gradients of its parameters to theirs.
  package static func layerNormBackward(
    _ dy: Matrix, x: Matrix, weight: Vector, mean: Vector, rstd: Vector, addingTo dx: Matrix,
    weightGradient: Vector, biasGradient: Vector?
  ) {
    precondition(
      x.isContiguous && dy.isContiguous && dx.isContiguous && dy.rows == x.rows
        && dx.rows == x.rows && dy.columns == x.columns && dx.columns == x.columns
        && weight.count == x.columns && mean.count == x.rows && rstd.count == x.rows
        && weightGradient.count == x.columns && biasGradient?.count ?? x.columns == x.columns,
      "layer norm backward: shapes do not fit")
    unsafe ck_layer_norm_backward(
      dx.pointer, weightGradient.pointer, biasGradient?.pointer, dy.pointer, x.pointer,
      weight.pointer, mean.pointer, rstd.pointer, x.rows, x.columns)
  }

  /// Adds `bias` to every row of y.
  package static func addBias(_ bias: Vector, to y: Matrix) {
    precondition(y.isContiguous && bias.count == y.columns, "bias: shapes do not fit")
    unsafe ck_add_bias(y.pointer, bias.pointer, y.rows, y.columns)
  }

  /// sums += column sums of `x` in the given columns.
  package static func addColumnSums(of x: Matrix, columns: Range<Int>, to sums: Vector) {
    precondition(
      x.isContiguous && sums.count == x.columns && columns.upperBound <= x.columns,
      "column sums: shapes do not fit")
    unsafe ck_add_column_sums(
      sums.pointer, x.pointer, x.rows, x.columns, columns.lowerBound, columns.upperBound)
  }

  /// y = residual + dropped(x), or y = dropped(x). x may be y.
  package static func dropout(
    _ x: Matrix, residual: Matrix? = nil, into y: Matrix, _ mask: DropoutMask
  ) {
    precondition(
      x.isContiguous && y.isContiguous && x.rows == y.rows && x.columns == y.columns
        && residual?.isContiguous ?? true && residual?.rows ?? x.rows == x.rows
        && residual?.columns ?? x.columns == x.columns, "dropout: shapes do not fit")
    unsafe ck_dropout_add(
      y.pointer, residual?.pointer, x.pointer, x.rows, x.columns, mask.kernelArgument)
  }

  /// Σ a·b.
  package static func dot(_ a: Vector, _ b: Vector) -> Float {
    precondition(a.count == b.count, "dot product of \(a.count) and \(b.count) floats")
    return unsafe ck_dot(a.pointer, b.pointer, a.count)
  }

  /// sums[r] = Σ of a's row r times b's row r.
  package static func rowDots(_ a: Matrix, _ b: Matrix, into sums: Vector) {
    precondition(
      a.rows == b.rows && a.columns == b.columns && sums.count == a.rows,
      "row products: shapes do not fit")
    unsafe ck_row_dots(
      sums.pointer, a.pointer, a.stride, b.pointer, b.stride, a.rows, a.columns)
  }
}
