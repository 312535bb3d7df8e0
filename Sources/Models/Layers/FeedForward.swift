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
    up.forward(x, into: hidden, scratch, team: team) { rows, result, _ in
      // In half precision the result has been kept already, and its memory is free.
      activated.rows(rows).write(result) {
        VectorMath.activate(result.vector, into: $0.vector, activation)
      }
    }
    down.forward(activated, into: y, scratch, team: team, finish: finish)
  }

  /// dHidden is scratch, rows × 4C.
  func backward(
    _ dy: ProductMatrix, x: ProductMatrix, hidden: ProductMatrix, activated: ProductMatrix,
    dHidden: ProductMatrix, into dx: Matrix, _ scratch: ProductScratch, team: ThreadTeam
  ) {
    down.backward(dy, x: activated, into: dHidden.ifSingle, scratch, team: team) {
      rows, result, thread in
      let before = hidden.rows(rows).floats(
        scratch.piece(1, thread: thread, rows: rows.count, columns: result.columns))
      VectorMath.activateBackward(result.vector, x: before.vector, activation)
      dHidden.rows(rows).store(result)
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
