// Head and loss: logits = x Wᵀ + b, loss = -log softmax(logits)[target].
// The logits exist for some rows at a time only; their gradient follows at once in the same memory.
import Tensors

/// W [V, C] is the token embedding itself when the head is tied. Rows beyond the used vocabulary
/// are padding and enter nothing.
struct LanguageHead {
  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?
  let usedVocabularySize: Int

  init(_ views: ParameterViews, _ configuration: ModelConfiguration) {
    weight = views[configuration.tiedEmbeddings ? "wte.weight" : "lm_head.weight"]
    bias = views.find("lm_head.bias")
    usedVocabularySize = configuration.usedVocabularySize
  }

  /// Rows of logits that are held at a time: about 64 MiB of them.
  static func tileRows(rows: Int, vocabularySize: Int) -> Int {
    let fitting = (64 << 20) / (vocabularySize * MemoryLayout<Float>.stride)
    return min(rows, max(16, fitting / 16 * 16))
  }

  /// logits: rows × used vocabulary.
  func logits(_ x: Matrix, into logits: Matrix, team: ThreadTeam) {
    let used = weight.matrix.rows(0..<usedVocabularySize)
    MatrixMultiply.multiply(.secondTransposed, x, used, into: logits, team: team)
    guard let bias else { return }
    let usedBias = bias.value[0..<usedVocabularySize]
    team.run(logits.rows) { row, _ in VectorMath.add(usedBias, to: logits.row(row)) }
  }

  /// Loss of every row of x (rows × C); 0 where the target is ignored. `tile` is scratch of
  /// `tileRows` × at least V.
  func losses(
    _ x: Matrix, targets: [Int32], into losses: Vector, tile: Matrix, team: ThreadTeam
  ) {
    forEachTile(x, tile) { rows, logits in
      self.logits(x.rows(rows), into: logits, team: team)
      team.run(rows.count) { row, _ in
        let target = targets[rows.lowerBound + row]
        losses[rows.lowerBound + row] =
          target == TokenBatch.ignoredTarget
          ? 0 : VectorMath.crossEntropy(logits.row(row), target: Int(target))
      }
    }
  }

  /// The same, together with the gradients of the sum of the losses: dx is overwritten, those of
  /// the parameters accumulate.
  func backward(
    _ x: Matrix, targets: [Int32], into losses: Vector, dx: Matrix, tile: Matrix, team: ThreadTeam
  ) {
    guard let weightGradient = weight.gradientMatrix else {
      preconditionFailure("this model was built without gradients")
    }
    let used = 0..<usedVocabularySize
    forEachTile(x, tile) { rows, logits in
      self.logits(x.rows(rows), into: logits, team: team)
      team.run(rows.count) { row, _ in
        let target = targets[rows.lowerBound + row]
        let line = logits.row(row)
        if target == TokenBatch.ignoredTarget {
          losses[rows.lowerBound + row] = 0
          line.fill(0)
        } else {
          losses[rows.lowerBound + row] = VectorMath.crossEntropyBackward(
            line, target: Int(target))
        }
      }
      MatrixMultiply.multiply(
        .plain, logits, weight.matrix.rows(used), into: dx.rows(rows), team: team)
      MatrixMultiply.multiply(
        .firstTransposed, logits, x.rows(rows), into: weightGradient.rows(used), accumulate: true,
        team: team)
      if let biasGradient = bias?.gradient {
        for row in 0..<logits.rows { VectorMath.add(logits.row(row), to: biasGradient[used]) }
      }
    }
  }

  private func forEachTile(_ x: Matrix, _ tile: Matrix, _ body: (Range<Int>, Matrix) -> Void) {
    for first in stride(from: 0, to: x.rows, by: tile.rows) {
      let rows = first..<min(x.rows, first + tile.rows)
      body(rows, tile.rows(0..<rows.count).columns(0..<usedVocabularySize))
    }
  }
}
