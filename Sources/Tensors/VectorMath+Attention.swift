// Attention's softmax and its gradient, behind checked windows; all on the calling thread.
// Scores are queries × keys; one value a query for logSum, inverseSum and delta.
import CKernels

extension VectorMath {
  /// Turns raw scores into dropped attention weights, in place. Row r is query `firstQuery` + r and
  /// sees the keys up to its own position; logSum keeps log Σ exp(scale · score).
  /// - Precondition: rows have room for whole vectors.
  package static func attentionSoftmax(
    _ scores: Matrix, firstQuery: Int, scale: Float, logSum: Vector, _ mask: DropoutMask?
  ) {
    precondition(
      firstQuery + scores.rows <= scores.columns && logSum.count == scores.rows
        && scores.stride >= wholeVectors(scores.columns),
      "attention: shapes do not fit")
    unsafe withKernelArgument(mask) {
      unsafe ck_attention_softmax(
        scores.pointer, scores.stride, scores.rows, scores.columns, firstQuery, scale,
        logSum.pointer, $0)
    }
  }

  /// From raw scores and the gradient of the dropped weights: `scores` becomes the dropped weights
  /// and `gradient` the gradient of the raw scores. delta = Σ of dOut · out of each query.
  package static func attentionSoftmaxBackward(
    _ scores: Matrix, gradient: Matrix, firstQuery: Int, scale: Float, logSum: Vector,
    delta: Vector, _ mask: DropoutMask?
  ) {
    precondition(
      firstQuery + scores.rows <= scores.columns && logSum.count == scores.rows
        && delta.count == scores.rows && gradient.rows == scores.rows
        && gradient.columns == scores.columns && gradient.stride == scores.stride
        && scores.stride >= wholeVectors(scores.columns),
      "attention backward: shapes do not fit")
    unsafe withKernelArgument(mask) {
      unsafe ck_attention_softmax_backward(
        scores.pointer, gradient.pointer, scores.stride, scores.rows, scores.columns, firstQuery,
        scale, logSum.pointer, delta.pointer, $0)
    }
  }

  /// Rounded weights that are yet to be divided by the sum of their row, whose inverse is kept, so
  /// that the result may be scaled instead: it is narrower.
  /// - Parameter weights: as wide as `scores`. Otherwise as `attentionSoftmax`.
  package static func attentionWeights(
    _ scores: Matrix, firstQuery: Int, scale: Float, into weights: BFloat16Matrix, logSum: Vector,
    inverseSum: Vector, _ mask: DropoutMask?
  ) {
    precondition(
      firstQuery + scores.rows <= scores.columns && logSum.count == scores.rows
        && inverseSum.count == scores.rows && scores.stride >= wholeVectors(scores.columns)
        && weights.rows == scores.rows && weights.columns == scores.columns
        && weights.stride >= wholeVectors(scores.columns), "attention: shapes do not fit")
    unsafe withKernelArgument(mask) {
      unsafe ck_attention_weights_bf16(
        weights.pointer, weights.stride, scores.pointer, scores.stride, scores.rows,
        scores.columns, firstQuery, scale, logSum.pointer, inverseSum.pointer, $0)
    }
  }

  /// As `attentionSoftmaxBackward`, with rounded results of their own.
  package static func attentionGradient(
    _ scores: Matrix, gradient: Matrix, firstQuery: Int, scale: Float, logSum: Vector,
    delta: Vector, weights: BFloat16Matrix, dScores: BFloat16Matrix, _ mask: DropoutMask?
  ) {
    precondition(
      firstQuery + scores.rows <= scores.columns && logSum.count == scores.rows
        && delta.count == scores.rows && gradient.rows == scores.rows
        && gradient.columns == scores.columns && gradient.stride == scores.stride
        && scores.stride >= wholeVectors(scores.columns) && weights.rows == scores.rows
        && weights.columns == scores.columns && dScores.rows == scores.rows
        && dScores.columns == scores.columns && dScores.stride == weights.stride
        && weights.stride >= wholeVectors(scores.columns),
      "attention gradient: shapes do not fit")
    unsafe withKernelArgument(mask) {
      unsafe ck_attention_gradient_bf16(
        weights.pointer, dScores.pointer, weights.stride, scores.pointer, gradient.pointer,
        scores.stride, scores.rows, scores.columns, firstQuery, scale, logSum.pointer,
        delta.pointer, $0)
    }
  }

  private static func withKernelArgument(
    _ mask: DropoutMask?, _ body: (UnsafePointer<ck_dropout>?) -> Void
  ) {
    if let mask {
      unsafe withUnsafePointer(to: mask.kernelArgument) { unsafe body($0) }
    } else {
      body(nil)
    }
  }
}
