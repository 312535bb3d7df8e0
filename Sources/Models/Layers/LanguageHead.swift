// Head and loss: logits = x Wᵀ + b, loss = -log softmax(logits)[target]. For losses the logits exist
// in small blocks only.
import Tensors

/// W [V, C] is the token embedding itself when the head is tied. Rows beyond the used vocabulary
/// are padding and enter nothing.
struct LanguageHead {
  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?
  let usedVocabularySize: Int
  /// The weight as products in half precision read it; nil in single precision.
  let packed: PackedWeight?

  /// Memory for some rows.
  enum Memory {
    case single(SingleMemory)
    case half(HalfMemory)
  }

  init(_ views: ParameterViews, _ configuration: ModelConfiguration) {
    let name = configuration.tiedEmbeddings ? "wte.weight" : "lm_head.weight"
    weight = views[name]
    packed = views.packed(name)
    bias = views.find("lm_head.bias")
    usedVocabularySize = configuration.usedVocabularySize
  }

  /// Operations of a forward pass over `rows` rows; a backward pass takes twice as many.
  func operations(rows: Int) -> Double {
    2 * Double(rows) * Double(usedVocabularySize) * Double(weight.shape[1])
  }

  /// logits: rows × used vocabulary.
  func logits(_ x: ProductMatrix, into logits: Matrix, _ memory: Memory, team: ThreadTeam) {
    switch (x, memory) {
    case (.single(let x), .single(let memory)):
      self.logits(x, into: logits, memory, team: team)
    case (.half(let x), .half(let memory)):
      self.logits(x, into: logits, memory, team: team)
    default: preconditionFailure("the head's parts differ in precision")
    }
    guard let bias else { return }
    let usedBias = bias.value[0..<usedVocabularySize]
    team.run(logits.rows) { row, _ in VectorMath.add(usedBias, to: logits.row(row)) }
  }

  /// Loss of every row of x (rows × C), which is overwritten; 0 where the target is ignored.
  func losses(
    _ x: ProductMatrix, targets: [Int32], into losses: Vector, _ memory: Memory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    // Where windows overlap, most rows are context only: the others alone pass through the head.
    let counted = targets.indices.filter { targets[$0] != TokenBatch.ignoredTarget }
    x.moveToFront(counted)
    countedLosses(
      x.rows(0..<counted.count), targets: counted.map { targets[$0] },
      into: losses[0..<counted.count], memory, scratch, team: team)
    let found = losses[0..<counted.count].array
    losses.fill(0)
    for (row, loss) in zip(counted, found) { losses[row] = loss }
  }

  private func countedLosses(
    _ x: ProductMatrix, targets: [Int32], into losses: Vector, _ memory: Memory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    switch (x, memory) {
    case (.single(let x), .single(let memory)):
      forEachPart(rows: x.rows, memory.rows) { rows in
        self.losses(
          singleProducts(x.rows(rows), memory, scratch, keeping: false), targets[rows],
          into: losses[rows], memory.rows, scratch, team: team)
      }
    case (.half(let x), .half(let memory)):
      forEachPart(rows: x.rows, memory.rows) { rows in
        self.losses(
          halfProducts(x.rows(rows), memory, keeping: false), targets[rows],
          into: losses[rows], memory.rows, scratch, team: team)
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
    case (.single(let x), .single(let memory)):
      forEachPart(rows: x.rows, memory.rows) { rows in
        backward(
          singleProducts(x.rows(rows), memory, scratch, keeping: true), targets[rows],
          into: losses[rows], dx: dx.rows(rows), memory.rows, scratch, weightGradient,
          team: team)
      }
    case (.half(let x), .half(let memory)):
      forEachPart(rows: x.rows, memory.rows) { rows in
        backward(
          halfProducts(x.rows(rows), memory, keeping: true), targets[rows],
          into: losses[rows], dx: dx.rows(rows), memory.rows, scratch, weightGradient,
          team: team)
      }
    default: preconditionFailure("the head's parts differ in precision")
    }
  }

  private func forEachPart(rows: Int, _ memory: RowMemory, _ body: (Range<Int>) -> Void) {
    for first in stride(from: 0, to: rows, by: memory.sums.rows) {
      body(first..<min(rows, first + memory.sums.rows))
    }
  }
}
