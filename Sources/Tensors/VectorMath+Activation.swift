// The non-linear functions of the feed-forward layer, behind checked windows; on the calling thread.
import CKernels

extension VectorMath {
  /// The non-linear functions of the feed-forward layer.
  package enum Activation: Sendable {
    case geluTanh, geluErf, relu

    fileprivate var kernelCode: Int32 {
      switch self {
      case .geluTanh: Int32(CK_GELU_TANH)
      case .geluErf: Int32(CK_GELU_ERF)
      case .relu: Int32(CK_RELU)
      }
    }
  }

  /// y = activation(x).
  package static func activate(_ x: Vector, into y: Vector, _ activation: Activation) {
    precondition(x.count == y.count, "activation: \(x.count) into \(y.count) floats")
    unsafe ck_activation_forward(y.pointer, x.pointer, x.count, activation.kernelCode)
  }

  /// d *= activation'(x).
  package static func activateBackward(_ d: Vector, x: Vector, _ activation: Activation) {
    precondition(x.count == d.count, "activation backward: \(x.count) and \(d.count) floats")
    unsafe ck_activation_backward(d.pointer, x.pointer, x.count, activation.kernelCode)
  }

  /// before = x + bias, after = activation(x + bias); all of one shape.
  /// - Parameter x: in single precision, `before` itself.
  package static func activate(
    _ x: Matrix, bias: Vector?, keeping before: ProductMatrix, into after: ProductMatrix,
    _ activation: Activation
  ) {
    switch (before, after) {
    case (.single(let before), .single(let after)):
      ProductMatrix.single(before).store(x)
      if let bias { addBias(bias, to: before) }
      activate(before.vector, into: after.vector, activation)
    case (.half(let before), .half(let after)):
      precondition(
        x.isContiguous && bias?.count ?? x.columns == x.columns
          && before.rows == x.rows && before.columns == x.columns && after.rows == x.rows
          && after.columns == x.columns, "activation: shapes do not fit")
      unsafe ck_bias_activation_bf16(
        before.pointer, before.stride, after.pointer, after.stride, x.pointer, bias?.pointer,
        x.rows, x.columns, activation.kernelCode)
    default: preconditionFailure("an activation has one precision")
    }
  }

  /// result = d · activation'(before); all of one shape.
  /// - Parameter d: in single precision, `result` itself.
  package static func activateBackward(
    _ d: Matrix, before: ProductMatrix, into result: ProductMatrix, _ activation: Activation
  ) {
    switch (before, result) {
    case (.single(let before), .single(let result)):
      ProductMatrix.single(result).store(d)
      activateBackward(result.vector, x: before.vector, activation)
    case (.half(let before), .half(let result)):
      precondition(
        d.isContiguous && before.rows == d.rows && before.columns == d.columns
          && result.rows == d.rows && result.columns == d.columns,
        "activation backward: shapes do not fit")
      unsafe ck_activation_backward_bf16(
        result.pointer, result.stride, d.pointer, before.pointer, before.stride, d.rows,
        d.columns, activation.kernelCode)
    default: preconditionFailure("an activation has one precision")
    }
  }
}
