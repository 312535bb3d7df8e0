// A layer's way to its parameters: names looked up once, when the model is built.
import Tensors

/// The flat buffers of a model together with the table that explains them.
struct ParameterViews {
  let layout: ParameterLayout
  let parameters: FloatBuffer
  /// Absent in a model that only predicts.
  let gradients: FloatBuffer?
  /// Absent in a model that multiplies in single precision.
  let packedWeights: PackedWeights?

  /// One parameter and the place where its gradient accumulates.
  struct Parameter {
    let value: Vector
    let gradient: Vector?
    let shape: [Int]

    var matrix: Matrix { Matrix(value, rows: shape[0], columns: shape[1]) }
    var gradientMatrix: Matrix? {
      gradient.map { Matrix($0, rows: shape[0], columns: shape[1]) }
    }
  }

  subscript(name: String) -> Parameter {
    guard let parameter = find(name) else { preconditionFailure("the layout has no \(name)") }
    return parameter
  }

  func packed(_ name: String) -> PackedWeight? { packedWeights?[name] }

  func find(_ name: String) -> Parameter? {
    layout[name].map {
      Parameter(
        value: parameters.vector($0), gradient: gradients?.vector($0), shape: $0.shape)
    }
  }
}
