// Head and loss: logits = x Wᵀ + b, loss = -log softmax(logits)[target].
// The logits exist for some rows at a time only; their gradient follows at once in the same memory.
import Tensors

/// W [V, C] is the token embedding itself when the head is tied. Rows beyond the used vocabulary
/// are padding and enter nothing.
struct LanguageHead {
  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?
  let usedVocabularySize: Int
  /// The weight as products in half precision read it; nil in single precision.
  let packed: PackedWeight?

  /// Memory for some rows of logits.
  enum Memory {
    case single(Matrix)
    case half(HalfMemory)
  }

  init(_ views: ParameterViews, _ configuration: ModelConfiguration) {
    let name = configuration.tiedEmbeddings ? "wte.weight" : "lm_head.weight"
    weight = views[name]
    packed = views.packed(name)
    bias = views.find("lm_head.bias")
    usedVocabularySize = configuration.usedVocabularySize
  }

  /// Rows of logits that are held at a time: at most so many MiB of them, in equal parts.
  static func tileRows(
    rows: Int, vocabularySize: Int, valueSize: Int, mebibytes: Int = 64
  ) -> Int {
    let fitting = max(32, (mebibytes << 20) / (vocabularySize * valueSize) / 32 * 32)
    let tileCount = (rows + fitting - 1) / fitting
    let share = (rows + tileCount - 1) / tileCount
    return min(rows, (share + 31) / 32 * 32)
  }

  /// Operations of a forward pass over `rows` rows; a backward pass takes twice as many.
  func operations(rows: Int) -> Double {
    2 * Double(rows) * Double(usedVocabularySize) * Double(weight.shape[1])
  }

  /// logits: rows × used vocabulary.
  func logits(_ x: ProductMatrix, into logits: Matrix, team: ThreadTeam) {
    switch x {
    case .single(let x): self.logits(x, into: logits, team: team)
    case .half(let x): self.logits(x, into: logits, team: team)
    }
    guard let bias else { return }
    let usedBias = bias.value[0..<usedVocabularySize]
    team.run(logits.rows) { row, _ in VectorMath.add(usedBias, to: logits.row(row)) }
  }

  /// Loss of every row of x (rows × C); 0 where the target is ignored.
  func losses(
    _ x: ProductMatrix, targets: [Int32], into losses: Vector, _ memory: Memory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    switch (x, memory) {
    case (.single(let x), .single(let tile)):
      forEachTile(rows: x.rows, tile.rows) { rows in
        let logits = tile.rows(0..<rows.count).columns(0..<usedVocabularySize)
        self.logits(.single(x.rows(rows)), into: logits, team: team)
        team.run(rows.count) { row, _ in
          let target = targets[rows.lowerBound + row]
          losses[rows.lowerBound + row] =
            target == TokenBatch.ignoredTarget
            ? 0 : VectorMath.crossEntropy(logits.row(row), target: Int(target))
        }
      }
    case (.half(let x), .half(let memory)):
      forEachTile(rows: x.rows, memory.sums.rows) { rows in
        self.losses(
          x.rows(rows), targets[rows], into: losses[rows], memory, scratch, team: team)
      }
    default: preconditionFailure("the head's parts differ in precision")
    }
  }

  /// The same, together with the gradients of the sum of the losses: dx is overwritten, those of
  /// the parameters accumulate.
  func backward(
    _ x: ProductMatrix, targets: [Int32], into losses: Vector, dx: Matrix, _ memory: Memory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    guard let weightGradient = weight.gradientMatrix?.rows(0..<usedVocabularySize) else {
      preconditionFailure("this model was built without gradients")
    }
    switch (x, memory) {
    case (.single(let x), .single(let tile)):
      forEachTile(rows: x.rows, tile.rows) { rows in
        let logits = tile.rows(0..<rows.count).columns(0..<usedVocabularySize)
        backward(
          x.rows(rows), targets[rows], into: losses[rows], dx: dx.rows(rows), logits,
          weightGradient, team: team)
      }
    case (.half(let x), .half(let memory)):
      forEachTile(rows: x.rows, memory.sums.rows) { rows in
        backward(
          x.rows(rows), targets[rows], into: losses[rows], dx: dx.rows(rows), memory, scratch,
          weightGradient, team: team)
      }
    default: preconditionFailure("the head's parts differ in precision")
    }
  }

  private func logits(_ x: Matrix, into logits: Matrix, team: ThreadTeam) {
    let used = weight.matrix.rows(0..<usedVocabularySize)
    MatrixMultiply.multiply(.secondTransposed, x, used, into: logits, team: team)
  }

  /// Some rows in single precision; the logits become their own gradient.
  private func backward(
    _ x: Matrix, _ targets: ArraySlice<Int32>, into losses: Vector, dx: Matrix, _ logits: Matrix,
    _ weightGradient: Matrix, team: ThreadTeam
  ) {
    self.logits(.single(x), into: logits, team: team)
    team.run(x.rows) { row, _ in
      let target = targets[targets.startIndex + row]
      let line = logits.row(row)
      if target == TokenBatch.ignoredTarget {
        losses[row] = 0
        line.fill(0)
      } else {
        losses[row] = VectorMath.crossEntropyBackward(line, target: Int(target))
      }
    }
    let used = weight.matrix.rows(0..<usedVocabularySize)
    MatrixMultiply.multiply(.plain, logits, used, into: dx, team: team)
    MatrixMultiply.multiply(
      .firstTransposed, logits, x, into: weightGradient, accumulate: true, team: team)
    if let biasGradient = bias?.gradient {
      for row in 0..<logits.rows {
        VectorMath.add(logits.row(row), to: biasGradient[0..<usedVocabularySize])
      }
    }
  }

  private func forEachTile(rows: Int, _ length: Int, _ body: (Range<Int>) -> Void) {
    for first in stride(from: 0, to: rows, by: length) {
      body(first..<min(rows, first + length))
    }
  }
}
