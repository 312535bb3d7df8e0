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
    self.activation =
      switch activation {
      case .geluTanh: .geluTanh
      case .geluErf: .geluErf
      case .relu: .relu
      }
  }

  /// x, y: rows × C; hidden, activated: rows × 4C.
  func forward(_ x: Matrix, hidden: Matrix, activated: Matrix, into y: Matrix, team: ThreadTeam) {
    up.forward(x, into: hidden, team: team)
    team.runRanges(hidden.rows, minimum: Linear.minimumRows) {
      VectorMath.activate(hidden.rows($0).vector, into: activated.rows($0).vector, activation)
    }
    down.forward(activated, into: y, team: team)
  }

  /// dx is overwritten; dHidden is scratch, rows × 4C.
  func backward(
    _ dy: Matrix, x: Matrix, hidden: Matrix, activated: Matrix, dHidden: Matrix, into dx: Matrix,
    team: ThreadTeam
  ) {
    down.backward(dy, x: activated, into: dHidden, team: team)
    team.runRanges(hidden.rows, minimum: Linear.minimumRows) {
      VectorMath.activateBackward(dHidden.rows($0).vector, x: hidden.rows($0).vector, activation)
    }
    up.backward(dHidden, x: x, into: dx, team: team)
  }
}
