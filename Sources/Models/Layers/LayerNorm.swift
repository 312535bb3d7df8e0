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
  /// accumulate, from sums over ranges of rows that any team cuts alike.
  func backward(
    _ dy: Matrix, x: Matrix, mean: Vector, rstd: Vector, addingTo dx: Matrix,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    guard let weightGradient = weight.gradient else {
      preconditionFailure("this model was built without gradients")
    }
    let width = x.columns
    let length = max(
      Linear.minimumRows, (x.rows + Self.largestRangeCount - 1) / Self.largestRangeCount)
    let sums = scratch.sums(rows: (x.rows + length - 1) / length, columns: 2 * width)
    team.runPieces(x.rows, length: length) { rows, _ in
      let own = sums.row(rows.lowerBound / length)
      own.fill(0)
      VectorMath.layerNormBackward(
        dy.rows(rows), x: x.rows(rows), weight: weight.value, mean: mean[rows], rstd: rstd[rows],
        addingTo: dx.rows(rows), weightGradient: own[0..<width],
        biasGradient: bias == nil ? nil : own[width..<2 * width])
    }
    for index in 0..<sums.rows {
      VectorMath.add(sums.row(index)[0..<width], to: weightGradient)
      if let biasGradient = bias?.gradient {
        VectorMath.add(sums.row(index)[width..<2 * width], to: biasGradient)
      }
    }
  }

  /// Twice as many rows of sums fit the scratch memory of a product.
  private static let largestRangeCount = 64
}
