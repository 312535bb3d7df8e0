// Feed-forward layer of a block: y = W₂ · activation(W₁ x + b₁) + b₂, four times as wide inside.
import Tensors

/// Saved for backward: x, the hidden layer before and after the activation.
struct FeedForward {
  let up: Linear
  let down: Linear
  let activation: VectorMath.Activation

  init(_ views: ParameterViews, _ name: String, _ activation: ModelConfiguration.Activation) {
    up = Linear(views, "\(name).c_fc")
    down = Linear(views, "\(name).c_proj")
    self.activation = activation.kernel
  }

  /// Operations of a forward pass over `rows` rows.
  func operations(rows: Int) -> Double {
    up.operations(rows: rows) + down.operations(rows: rows)
  }

  /// x: rows × C; hidden, activated: rows × 4C; y and `finish` as those of `Linear.forward`.
  func forward(
    _ x: ProductMatrix, hidden: ProductMatrix, activated: ProductMatrix, into y: ProductMatrix?,
    _ scratch: ProductScratch, team: ThreadTeam, finish: Linear.Finish
  ) {
    up.multiply(x, into: hidden.ifSingle, scratch, team: team) { rows, result, _ in
      VectorMath.activate(
        result, bias: up.bias?.value, keeping: hidden.rows(rows), into: activated.rows(rows),
        activation)
    }
    down.forward(activated, into: y, scratch, team: team, finish: finish)
  }

  /// dHidden is scratch, rows × 4C.
  func backward(
    _ dy: ProductMatrix, x: ProductMatrix, hidden: ProductMatrix, activated: ProductMatrix,
    dHidden: ProductMatrix, into dx: Matrix, _ scratch: ProductScratch, team: ThreadTeam
  ) {
    down.backward(dy, x: activated, into: dHidden.ifSingle, scratch, team: team) {
      rows, result, _ in
      VectorMath.activateBackward(
        result, before: hidden.rows(rows), into: dHidden.rows(rows), activation)
    }
    up.backward(dHidden, x: x, into: .single(dx), scratch, team: team)
  }
}

extension ModelConfiguration.Activation {
  var kernel: VectorMath.Activation {
    switch self {
    case .geluTanh: .geluTanh
    case .geluErf: .geluErf
    case .relu: .relu
    }
  }
}
