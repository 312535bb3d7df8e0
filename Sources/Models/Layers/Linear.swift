// Linear layer: y = x Wᵀ + b.
import Tensors

/// Weight [out, in], bias [out]. One product for all rows of x.
struct Linear {
  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?

  init(_ views: ParameterViews, _ name: String) {
    weight = views["\(name).weight"]
    bias = views.find("\(name).bias")
  }

  /// x: rows × in; y: rows × out.
  func forward(_ x: Matrix, into y: Matrix, team: ThreadTeam) {
    MatrixMultiply.multiply(.secondTransposed, x, weight.matrix, into: y, team: team)
    guard let bias else { return }
    team.runRanges(y.rows, minimum: Self.minimumRows) {
      VectorMath.addBias(bias.value, to: y.rows($0))
    }
  }

  /// dx = dy W; dW += dyᵀ x; db += column sums of dy.
  func backward(_ dy: Matrix, x: Matrix, into dx: Matrix, team: ThreadTeam) {
    MatrixMultiply.multiply(.plain, dy, weight.matrix, into: dx, team: team)
    guard let weightGradient = weight.gradientMatrix else {
      preconditionFailure("this model was built without gradients")
    }
    MatrixMultiply.multiply(
      .firstTransposed, dy, x, into: weightGradient, accumulate: true, team: team)
    guard let biasGradient = bias?.gradient else { return }
    team.runRanges(dy.columns, minimum: Self.minimumColumns, alignment: Self.minimumColumns) {
      VectorMath.addColumnSums(of: dy, columns: $0, to: biasGradient)
    }
  }

  /// Rows of one task in passes over rows.
  static let minimumRows = 32
  /// Columns of one task in sums over rows: whole cache lines.
  static let minimumColumns = 64
}
