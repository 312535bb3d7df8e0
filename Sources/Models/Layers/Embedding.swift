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
    let (tokenRows, positionRows) = (tokens.matrix, positions.matrix)
    team.runRanges(x.rows, minimum: Linear.minimumRows) { rows in
      for row in rows {
        VectorMath.add(
          tokenRows.row(Int(batch.inputs[row])), positionRows.row(row % batch.columns),
          into: x.row(row))
      }
    }
  }

  /// Adds every row's gradient to its token and its position. Threads share out columns, so that
  /// no two of them meet in one place and the order of the sums is fixed.
  func backward(_ dx: Matrix, _ batch: TokenBatch, team: ThreadTeam) {
    guard let dTokens = tokens.gradientMatrix, let dPositions = positions.gradientMatrix else {
      preconditionFailure("this model was built without gradients")
    }
    let columns = Linear.minimumColumns
    team.runRanges(dx.columns, minimum: columns, alignment: columns) { columns in
      for row in 0..<dx.rows {
        let gradient = dx.row(row)[columns]
        VectorMath.add(gradient, to: dTokens.row(Int(batch.inputs[row]))[columns])
        VectorMath.add(gradient, to: dPositions.row(row % batch.columns)[columns])
      }
    }
  }
}
