// The head's products in half precision: weights come packed, exponentials are kept rounded and
// transposed.
import Tensors

extension LanguageHead {
  struct HalfMemory {
    let tiling: HeadTiling
    let rows: RowMemory
    /// Kept exponentials, transposed: vocabulary × rows.
    let exponentials: BFloat16Matrix
    /// Those of a block, one matrix a thread.
    let blocks: [BFloat16Matrix]
    /// x scaled, rows × C, unless products scale; and what enters them as a second factor.
    let scaled: BFloat16Matrix
    let packed: PackedMatrix
  }

  /// Memory reserved in a plan, for at most `rows` rows.
  struct HalfRegions {
    private let tiling: HeadTiling
    private let rows: RowRegions
    private let exponentials: MemoryPlan.HalfRegion
    private let blocks: [MemoryPlan.HalfRegion]
    private let scaled: MemoryPlan.HalfRegion
    private let packed: MemoryPlan.PackedRegion

    init(
      _ plan: inout MemoryPlan, rows: Int, _ configuration: ModelConfiguration, threadCount: Int,
      training: Bool
    ) {
      let (tiling, embeddingWidth) = (
        HeadTiling.half(configuration), configuration.embeddingWidth
      )
      let count = tiling.keptRows(of: rows, embeddingWidth: embeddingWidth)
      self.tiling = tiling
      self.rows = RowRegions(
        &plan, rows: count, tiling, embeddingWidth: embeddingWidth, training: training)
      let kept = training ? count : 1
      exponentials = plan.reserveHalf(training ? tiling.vocabularySize : 1, kept)
      blocks = (0..<(training ? threadCount : 0)).map { _ in
        plan.reserveHalf(tiling.blockRows, tiling.widestTile)
      }
      scaled = plan.reserveHalf(HalfMultiply.best.isFixedPoint ? 1 : kept, embeddingWidth)
      packed = plan.reservePacked(kept, embeddingWidth)
    }

    func memory(_ workspace: Workspace) -> HalfMemory {
      HalfMemory(
        tiling: tiling, rows: rows.memory(workspace), exponentials: workspace.half(exponentials),
        blocks: blocks.map { workspace.forOneThread.half($0) }, scaled: workspace.half(scaled),
        packed: workspace.packed(packed))
    }
  }

  /// - Parameter keeping: whether gradients will be asked for.
  func halfProducts(
    _ x: BFloat16Matrix, _ memory: HalfMemory, keeping: Bool
  ) -> some HeadProducts {
    guard let packed else { preconditionFailure("this head was built for single precision") }
    return HalfHeadProducts(x: x, weight: packed, memory: memory, keeping: keeping)
  }

  func logits(
    _ x: BFloat16Matrix, into logits: Matrix, _ memory: HalfMemory, team: ThreadTeam
  ) {
    guard let packed else { preconditionFailure("this head was built for single precision") }
    team.runPieces(logits.columns, length: memory.tiling.tileColumns) { columns, _ in
      HalfMultiply.multiply(x, packed.forward.columns(columns), into: logits.columns(columns))
    }
  }
}

private struct HalfHeadProducts: HeadProducts {
  let x: BFloat16Matrix
  let weight: PackedWeight
  let memory: LanguageHead.HalfMemory
  let keeping: Bool

  var rowCount: Int { x.rows }
  var tiling: HeadTiling { memory.tiling }

  func prepare(_ columns: Range<Int>, forInput: Bool, thread: Int) {}

  func multiply(_ block: HeadBlock, into logits: Matrix) {
    HalfMultiply.multiply(
      x.rows(block.rows), weight.forward.columns(block.columns), into: logits)
  }

  private func own(_ block: HeadBlock) -> BFloat16Matrix {
    memory.blocks[block.thread].reused(rows: block.rows.count, columns: block.columns.count)
  }

  func exponentiate(_ logits: Matrix, _ block: HeadBlock, references: Vector, sums: Matrix) {
    VectorMath.exponentials(
      logits, references: references, into: keeping ? own(block) : nil, sums: sums)
  }

  func clear(_ block: HeadBlock, row: Int, column: Int) {
    if keeping { own(block)[row, column] = 0 }
  }

  func addInputGradient(_ block: HeadBlock, to dx: Matrix, accumulate: Bool) {
    own(block).transpose(
      into: memory.exponentials.rows(block.columns).columns(block.rows),
      rows: 0..<block.columns.count, pastCaches: true)
    HalfMultiply.multiply(
      own(block), weight.backward.rows(block.columns), into: dx, accumulate: accumulate)
  }

  func prepareInput(scales: Vector, team: ThreadTeam) {
    // On fixed point products take the scales.
    if packed.path.isFixedPoint {
      packed.pack(.half(x), transposed: false, team: team)
      return
    }
    let scaled = memory.scaled.rows(0..<x.rows)
    team.runRanges(x.rows, minimum: Linear.minimumRows) {
      VectorMath.scaleRows(of: x.rows($0), by: scales[$0], into: scaled.rows($0))
    }
    packed.pack(.half(scaled), transposed: false, team: team)
  }

  private var packed: PackedMatrix {
    memory.packed.reused(depth: x.rows, columns: x.columns)
  }

  func addWeightGradient(
    _ columns: Range<Int>, scales: Vector, to gradient: Matrix, thread: Int
  ) {
    HalfMultiply.multiply(
      memory.exponentials.rows(columns).columns(0..<x.rows), packed, into: gradient,
      // Exponentials of rows that lie powers of ten apart would share a scale.
      accumulate: true, depthFactors: packed.path.isFixedPoint ? scales : nil)
  }

  func addBiasGradient(_ columns: Range<Int>, scales: Vector, to gradient: Vector) {
    VectorMath.addWeightedSums(
      of: memory.exponentials.rows(columns).columns(0..<x.rows), weights: scales, to: gradient)
  }

  func addInput(_ row: Int, factor: Float, to gradient: Vector) {
    VectorMath.addScaled(x.rows(row..<row + 1), factor: factor, to: gradient)
  }
}
