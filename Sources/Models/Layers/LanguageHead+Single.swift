// The head's products in single precision: a tile's weights are packed by the thread that needs them,
// exponentials are kept tile by tile.
import Tensors

extension LanguageHead {
  struct SingleMemory {
    let tiling: HeadTiling
    let rows: RowMemory
    /// Kept exponentials, (tiles · rows) × columns of a tile; in evaluation those of a block a thread.
    let exponentials: Matrix
    /// A tile's weights as the second factors of logits and of dx, one of each a thread.
    let tileWeights: [(transposed: Vector, plain: Vector)]
    /// x scaled, rows × C, and the same as a second factor.
    let scaled: Matrix
    let packed: Vector
  }

  /// Memory reserved in a plan, for at most `rows` rows.
  struct SingleRegions {
    private let tiling: HeadTiling
    private let rows: RowRegions
    private let exponentials: MemoryPlan.Region
    private let tileWeights: [(MemoryPlan.Region, MemoryPlan.Region)]
    private let scaled: MemoryPlan.Region
    private let packed: MemoryPlan.Region
    /// Columns of a tile. Rows lie a little farther apart, lest they compete for places of a cache.
    private let width: Int
    private static let gap = 16

    init(
      _ plan: inout MemoryPlan, rows: Int, _ configuration: ModelConfiguration, threadCount: Int,
      training: Bool
    ) {
      let (tiling, embeddingWidth) = (
        HeadTiling.single(configuration), configuration.embeddingWidth
      )
      let width = VectorMath.wholeVectors(tiling.widestTile)
      let count = tiling.keptRows(of: rows, embeddingWidth: embeddingWidth)
      (self.tiling, self.width) = (tiling, width)
      self.rows = RowRegions(
        &plan, rows: count, tiling, embeddingWidth: embeddingWidth, training: training)
      let kept = training ? count : 1
      // Evaluation needs a block a thread, in the memory of a training step too.
      let blocks = threadCount * tiling.blockRows
      exponentials = plan.reserve(
        max(blocks, training ? tiling.tileCount * count : 0), width + Self.gap)
      tileWeights = (0..<threadCount).map { _ in
        (
          plan.reserve(FloatPanels.count(embeddingWidth, width)),
          plan.reserve(FloatPanels.count(width, embeddingWidth))
        )
      }
      scaled = plan.reserve(kept, embeddingWidth)
      packed = plan.reserve(FloatPanels.count(kept, embeddingWidth))
    }

    func memory(_ workspace: Workspace) -> SingleMemory {
      SingleMemory(
        tiling: tiling, rows: rows.memory(workspace),
        exponentials: workspace.matrix(exponentials).columns(0..<width),
        tileWeights: tileWeights.map {
          let own = workspace.forOneThread
          return (own.vector($0.0), own.vector($0.1))
        },
        scaled: workspace.matrix(scaled), packed: workspace.vector(packed))
    }
  }

  func singleProducts(
    _ x: Matrix, _ memory: SingleMemory, _ scratch: ProductScratch, keeping: Bool
  ) -> some HeadProducts {
    SingleHeadProducts(
      x: x, weight: weight.matrix.rows(0..<usedVocabularySize), memory: memory,
      scratch: scratch, keeping: keeping)
  }

  func logits(_ x: Matrix, into logits: Matrix, _ memory: SingleMemory, team: ThreadTeam) {
    team.runPieces(usedVocabularySize, length: memory.tiling.tileColumns) { columns, thread in
      let panels = FloatPanels(
        memory.tileWeights[thread].transposed, depth: x.columns, columns: columns.count)
      panels.pack(weight.matrix.rows(columns), transposed: true)
      PanelMultiply.multiply(x, panels, into: logits.columns(columns))
    }
  }
}

private struct SingleHeadProducts: HeadProducts {
  let x: Matrix
  /// Vocabulary × C.
  let weight: Matrix
  let memory: LanguageHead.SingleMemory
  let scratch: ProductScratch
  /// Whether exponentials are kept until the weights' gradients are made.
  let keeping: Bool

  var rowCount: Int { x.rows }
  var tiling: HeadTiling { memory.tiling }

  private func panels(_ columnCount: Int, thread: Int) -> (
    transposed: FloatPanels, plain: FloatPanels
  ) {
    let memory = memory.tileWeights[thread]
    return (
      FloatPanels(memory.transposed, depth: x.columns, columns: columnCount),
      FloatPanels(memory.plain, depth: columnCount, columns: x.columns)
    )
  }

  func prepare(_ columns: Range<Int>, forInput: Bool, thread: Int) {
    let panels = panels(columns.count, thread: thread)
    panels.transposed.pack(weight.rows(columns), transposed: true)
    if forInput { panels.plain.pack(weight.rows(columns), transposed: false) }
  }

  func multiply(_ block: HeadBlock, into logits: Matrix) {
    PanelMultiply.multiply(
      x.rows(block.rows), panels(block.columns.count, thread: block.thread).transposed,
      into: logits)
  }

  private func own(_ block: HeadBlock) -> Matrix {
    let first = keeping ? block.tile * x.rows : block.thread * tiling.blockRows
    let rows = keeping ? block.rows : 0..<block.rows.count
    return memory.exponentials.rows(first + rows.lowerBound..<first + rows.upperBound)
      .columns(0..<block.columns.count)
  }

  func exponentiate(_ logits: Matrix, _ block: HeadBlock, references: Vector, sums: Matrix) {
    VectorMath.exponentials(logits, references: references, into: own(block), sums: sums)
  }

  func clear(_ block: HeadBlock, row: Int, column: Int) { own(block)[row, column] = 0 }

  func addInputGradient(_ block: HeadBlock, to dx: Matrix, accumulate: Bool) {
    PanelMultiply.multiply(
      own(block), panels(block.columns.count, thread: block.thread).plain, into: dx,
      accumulate: accumulate)
  }

  private var packed: FloatPanels {
    FloatPanels(memory.packed, depth: x.rows, columns: x.columns)
  }

  func prepareInput(scales: Vector, team: ThreadTeam) {
    let scaled = memory.scaled.rows(0..<x.rows)
    team.runRanges(x.rows, minimum: Linear.minimumRows) {
      VectorMath.scaleRows(of: x.rows($0), by: scales[$0], into: scaled.rows($0))
    }
    packed.pack(scaled, transposed: false, team: team)
  }

  /// Kept exponentials, rows × some columns of one tile.
  private func kept(_ columns: Range<Int>) -> Matrix {
    let (tile, first) = columns.lowerBound.quotientAndRemainder(
      dividingBy: tiling.tileColumns)
    return memory.exponentials.rows(tile * x.rows..<(tile + 1) * x.rows)
      .columns(first..<first + columns.count)
  }

  func addWeightGradient(
    _ columns: Range<Int>, scales: Vector, to gradient: Matrix, thread: Int
  ) {
    TransposedMultiply.multiply(
      kept(columns), packed, into: gradient, accumulate: true, scratch: scratch.pieces[thread])
  }

  func addBiasGradient(_ columns: Range<Int>, scales: Vector, to gradient: Vector) {
    let kept = kept(columns)
    for row in 0..<x.rows {
      VectorMath.addScaled(kept.row(row), factor: scales[row], to: gradient)
    }
  }

  func addInput(_ row: Int, factor: Float, to gradient: Vector) {
    VectorMath.addScaled(x.row(row), factor: factor, to: gradient)
  }
}
