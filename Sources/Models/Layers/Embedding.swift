// Token and position embedding: x = wte[token] + wpe[position].
import Tensors

struct Embedding {
  let tokens: ParameterViews.Parameter
  let positions: ParameterViews.Parameter

  init(_ views: ParameterViews) {
    tokens = views["wte.weight"]
    positions = views["wpe.weight"]
  }

  /// x: (B·T) × C.
  func forward(_ batch: TokenBatch, into x: Matrix, team: ThreadTeam) {
    VectorMath.embed(
      batch.inputs, time: batch.columns, tokens: tokens.matrix, positions: positions.matrix,
      into: x, team: team, minimumRows: Linear.minimumRows)
  }

  /// Adds every row's gradient to its token and its position.
  func backward(_ dx: Matrix, _ batch: TokenBatch, team: ThreadTeam) {
    guard let dTokens = tokens.gradientMatrix, let dPositions = positions.gradientMatrix else {
      preconditionFailure("this model was built without gradients")
    }
    VectorMath.embedBackward(
      dx, batch.inputs, time: batch.columns, tokens: dTokens, positions: dPositions, team: team,
      minimumColumns: Linear.minimumColumns)
  }
}
