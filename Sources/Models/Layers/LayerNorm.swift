// Layer norm: y = (x - mean) / √(variance + ε) · weight + bias, over the last dimension.
// Ba, Kiros and Hinton, "Layer Normalization", 2016; biased variance, ε = 1e-5 as in GPT-2.
import Tensors

/// Saved for backward: x, and mean and rstd of every row.
struct LayerNorm {
  static let epsilon = ModelConfiguration.normEpsilon

  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?

  init(_ views: ParameterViews, _ name: String) {
    weight = views["\(name).weight"]
    bias = views.find("\(name).bias")
  }

  /// x, y: rows × width; mean, rstd: rows.
  func forward(
    _ x: Matrix, into y: ProductMatrix, mean: Vector, rstd: Vector, _ scratch: ProductScratch,
    team: ThreadTeam
  ) {
    scratch.forEachPiece(rows: x.rows, columns: x.columns, team: team) { rows, thread in
      y.rows(rows).write(
        scratch.piece(thread: thread, rows: rows.count, columns: x.columns)
      ) {
        VectorMath.layerNorm(
          x.rows(rows), weight: weight.value, bias: bias?.value, into: $0, mean: mean[rows],
          rstd: rstd[rows], epsilon: Self.epsilon)
      }
    }
  }

  /// dx += the input's gradient, since x also flows past the norm; the parameters' gradients
  /// accumulate.
  func backward(
    _ dy: Matrix, x: Matrix, mean: Vector, rstd: Vector, addingTo dx: Matrix, team: ThreadTeam
  ) {
    guard let weightGradient = weight.gradient else {
      preconditionFailure("this model was built without gradients")
    }
    team.runRanges(x.rows, minimum: Linear.minimumRows) {
      VectorMath.layerNormBackward(
        dy.rows($0), x: x.rows($0), weight: weight.value, mean: mean[$0], rstd: rstd[$0],
        addingTo: dx.rows($0))
    }
    let columns = Linear.minimumColumns
    team.runRanges(x.columns, minimum: columns, alignment: columns) {
      VectorMath.layerNormParameterGradients(
        dy, x: x, mean: mean, rstd: rstd, columns: $0, weightGradient: weightGradient,
        biasGradient: bias?.gradient)
    }
  }
}
