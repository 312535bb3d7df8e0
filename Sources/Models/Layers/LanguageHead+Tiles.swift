// Head and loss in tiles. Logits are computed in cache-sized blocks over rows and vocabulary, and
// become exponentials there.
//
// With e = exp(logit - r), where r is near the row's largest logit, s = Σ e over the vocabulary,
// t the target and p its probability:
//
//     loss = r + log s - logit[t]
//     dx   = 1/s Σ e[v] W[v] + (p - 1) W[t], v ≠ t
//     dW[v] += e[v] (x / s), v ≠ t;  dW[t] += (p - 1) x
//
// Neither sum needs s before its end, so that dx is summed up while the exponentials are in a cache.
// Only dW has to wait for all of a row: for that they are kept, for some rows at a time. Rounded,
// they lose little: they span many powers of ten, but rounding is relative, and the large p - 1 is
// not among them.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Some rows of x times a tile of the vocabulary, on one thread.
struct HeadBlock {
  let rows: Range<Int>
  let columns: Range<Int>
  let tile: Int
  let thread: Int
}

/// The head's products over some rows of x, in one precision.
protocol HeadProducts {
  /// Rows of x.
  var rowCount: Int { get }
  var tiling: HeadTiling { get }
  /// Makes a tile's weights ready for the blocks that follow on this thread.
  /// - Parameter forInput: for `addInputGradient` as well.
  func prepare(_ columns: Range<Int>, forInput: Bool, thread: Int)
  /// logits = x Wᵀ
  func multiply(_ block: HeadBlock, into logits: Matrix)
  /// Exponentials of a block, which stay until the next block, and if they are to be kept, longer.
  /// - Parameters:
  ///   - references: one value a row of the block, which is subtracted first.
  ///   - sums: rows of the block × 1.
  func exponentiate(_ logits: Matrix, _ block: HeadBlock, references: Vector, sums: Matrix)
  /// Makes one of them 0. Row and column count within the block.
  func clear(_ block: HeadBlock, row: Int, column: Int)
  /// dx = or += exponentials · W, and keeps the exponentials; dx: rows of the block × C.
  func addInputGradient(_ block: HeadBlock, to dx: Matrix, accumulate: Bool)

  /// Makes x ready for the gradients of weights, in which each of its rows has its scale: from here, or
  /// from `addWeightGradient`.
  func prepareInput(scales: Vector, team: ThreadTeam)
  /// dW += kept exponentials of some columns of one tile, transposed, times x, scaled.
  func addWeightGradient(
    _ columns: Range<Int>, scales: Vector, to gradient: Matrix, thread: Int)
  func addBiasGradient(_ columns: Range<Int>, scales: Vector, to gradient: Vector)
  /// gradient += factor · row of x
  func addInput(_ row: Int, factor: Float, to gradient: Vector)
}

extension LanguageHead {
  /// Columns of the vocabulary whose largest logit is a row's first reference.
  private static let referenceColumns = 256
  /// Sums of exponentials beyond this tell that a reference is too far below the largest logit:
  /// divided by it, what enters products would be too small for bfloat16 as CPUs multiply it.
  private static let largestSum: Float = 1e15

  /// What is kept of every row, in either precision.
  struct RowMemory {
    /// Σ of the exponentials of every tile of the vocabulary, rows × tiles.
    let sums: Matrix
    /// A value near the largest logit of each row.
    let references: Vector
    let targetLogits: Vector
    /// What the exponentials of a row are divided by, inverted; 0 where the target is ignored.
    let scales: Vector
    /// The gradient of the target's logit: its probability less 1.
    let targetGradients: Vector
    /// dx of every group of tiles, before it is scaled: (groups · rows) × C.
    let dxParts: Matrix
  }

  struct RowRegions {
    private let sums: MemoryPlan.Region
    private let vectors: [MemoryPlan.Region]
    private let dxParts: MemoryPlan.Region

    init(
      _ plan: inout MemoryPlan, rows: Int, _ tiling: HeadTiling, embeddingWidth: Int,
      training: Bool
    ) {
      sums = plan.reserve(rows, tiling.tileCount)
      vectors = (0..<4).map { _ in plan.reserve(rows) }
      dxParts = plan.reserve(training ? tiling.groupCount * rows : 1, embeddingWidth)
    }

    func memory(_ workspace: Workspace) -> RowMemory {
      RowMemory(
        sums: workspace.matrix(sums), references: workspace.vector(vectors[0]),
        targetLogits: workspace.vector(vectors[1]), scales: workspace.vector(vectors[2]),
        targetGradients: workspace.vector(vectors[3]), dxParts: workspace.matrix(dxParts))
    }
  }

  /// Losses of some rows.
  func losses(
    _ products: some HeadProducts, _ targets: ArraySlice<Int32>, into losses: Vector,
    _ memory: RowMemory, _ scratch: ProductScratch, team: ThreadTeam
  ) {
    exponentiate(products, targets, memory, scratch, addingToInput: false, team: team)
    sumUp(targets, into: losses, memory, team: team)
  }

  /// Losses and gradients of some rows.
  func backward(
    _ products: some HeadProducts, _ targets: ArraySlice<Int32>, into losses: Vector, dx: Matrix,
    _ memory: RowMemory, _ scratch: ProductScratch, _ weightGradient: Matrix, team: ThreadTeam
  ) {
    exponentiate(products, targets, memory, scratch, addingToInput: true, team: team)
    sumUp(targets, into: losses, memory, team: team)
    let rowCount = products.rowCount
    let scales = memory.scales[0..<rowCount]
    let groupCount = products.tiling.groupCount
    team.runRanges(rowCount, minimum: Linear.minimumRows) { rows in
      VectorMath.combineRows(
        rows, of: memory.dxParts.rows(0..<groupCount * rowCount), partCount: groupCount,
        factors: scales, other: weight.matrix,
        otherFactors: memory.targetGradients[0..<rowCount], choices: targets, into: dx)
    }
    products.prepareInput(scales: scales, team: team)
    team.runPieces(usedVocabularySize, length: products.tiling.gradientColumns) { columns, thread in
      products.addWeightGradient(
        columns, scales: scales, to: weightGradient.rows(columns), thread: thread)
      let biasGradient = bias?.gradient
      if let biasGradient {
        products.addBiasGradient(columns, scales: scales, to: biasGradient[columns])
      }
      for row in 0..<rowCount {
        let target = Int(targets[targets.startIndex + row])
        guard columns.contains(target) else { continue }
        let gradient = memory.targetGradients[row]
        products.addInput(row, factor: gradient, to: weightGradient.row(target))
        biasGradient?[target] += gradient
      }
    }
  }

  /// Exponentials of all logits: their sums, and if asked for what they add to dx.
  private func exponentiate(
    _ products: some HeadProducts, _ targets: ArraySlice<Int32>, _ memory: RowMemory,
    _ scratch: ProductScratch, addingToInput: Bool, team: ThreadTeam
  ) {
    let rowCount = products.rowCount
    setReferences(
      products, among: 0..<min(usedVocabularySize, Self.referenceColumns), memory, scratch,
      team: team)
    for isLastTry in [false, true] {
      forEachGroup(products.tiling, rows: rowCount, team: team) { tiles, blocks, group, thread in
        let dx =
          addingToInput ? memory.dxParts.rows(group * rowCount..<(group + 1) * rowCount) : nil
        for tile in tiles {
          let columns = products.tiling.columns(ofTile: tile)
          products.prepare(columns, forInput: addingToInput, thread: thread)
          for index in blocks {
            let rows = products.tiling.rows(ofBlock: index, of: rowCount)
            let block = HeadBlock(rows: rows, columns: columns, tile: tile, thread: thread)
            exponentiate(products, block, targets, memory, scratch)
            if let dx {
              products.addInputGradient(
                block, to: dx.rows(rows), accumulate: tile > tiles.lowerBound)
            }
          }
        }
      }
      if isLastTry || sumsFit(rowCount, memory, team: team) { return }
      setReferences(products, among: 0..<usedVocabularySize, memory, scratch, team: team)
    }
  }

  private func exponentiate(
    _ products: some HeadProducts, _ block: HeadBlock, _ targets: ArraySlice<Int32>,
    _ memory: RowMemory, _ scratch: ProductScratch
  ) {
    let logits = logits(products, block, scratch)
    products.exponentiate(
      logits, block, references: memory.references[block.rows],
      sums: memory.sums.rows(block.rows).columns(block.tile..<block.tile + 1))
    for row in block.rows {
      let target = Int(targets[targets.startIndex + row])
      guard block.columns.contains(target) else { continue }
      let (ownRow, column) = (row - block.rows.lowerBound, target - block.columns.lowerBound)
      memory.targetLogits[row] = logits[ownRow, column]
      products.clear(block, row: ownRow, column: column)
    }
  }

  private func logits(
    _ products: some HeadProducts, _ block: HeadBlock, _ scratch: ProductScratch
  ) -> Matrix {
    let logits = scratch.piece(
      thread: block.thread, rows: block.rows.count, columns: block.columns.count)
    products.multiply(block, into: logits)
    if let bias { VectorMath.addBias(bias.value[block.columns], to: logits) }
    return logits
  }

  /// The largest logit of every row among some columns of the vocabulary becomes its reference.
  private func setReferences(
    _ products: some HeadProducts, among all: Range<Int>, _ memory: RowMemory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    let length = products.tiling.tileColumns
    team.runPieces(products.rowCount, length: products.tiling.blockRows) { rows, thread in
      for first in stride(from: 0, to: all.count, by: length) {
        let columns = first..<min(all.count, first + length)
        products.prepare(columns, forInput: false, thread: thread)
        let block = HeadBlock(
          rows: rows, columns: columns, tile: first / length, thread: thread)
        VectorMath.rowMaxima(
          of: logits(products, block, scratch), into: memory.references[rows],
          keepLarger: first > 0)
      }
    }
  }

  /// Calls `body` for groups of tiles and parts of the blocks of rows, so many that all threads have
  /// work. The groups, in which sums are added up, depend on the vocabulary only.
  private func forEachGroup(
    _ tiling: HeadTiling, rows: Int, team: ThreadTeam,
    _ body: (_ tiles: Range<Int>, _ blocks: Range<Int>, _ group: Int, _ thread: Int) -> Void
  ) {
    let (groupCount, blockCount) = (tiling.groupCount, tiling.blockCount(rows: rows))
    let partCount = min(blockCount, (4 * team.threadCount + groupCount - 1) / groupCount)
    func share(_ part: Int, of count: Int, _ parts: Int) -> Range<Int> {
      count * part / parts..<count * (part + 1) / parts
    }
    team.run(groupCount * partCount) { task, thread in
      let (group, part) = task.quotientAndRemainder(dividingBy: partCount)
      body(
        share(group, of: tiling.tileCount, groupCount), share(part, of: blockCount, partCount),
        group, thread)
    }
  }

  /// Whether no row's sum is too large; a sum that is no number does not fit.
  private func sumsFit(_ rowCount: Int, _ memory: RowMemory, team: ThreadTeam) -> Bool {
    let totals = memory.scales[0..<rowCount]
    team.runRanges(rowCount, minimum: Linear.minimumRows) { rows in
      for row in rows { totals[row] = Float(sum(ofRow: row, memory)) }
    }
    return (0..<rowCount).allSatisfy { totals[$0] <= Self.largestSum }
  }

  private func sum(ofRow row: Int, _ memory: RowMemory) -> Double {
    let sums = memory.sums.row(row)
    return (0..<sums.count).reduce(0) { $0 + Double(sums[$1]) }
  }

  /// Losses of some rows from their sums, and what their gradients are made with.
  private func sumUp(
    _ targets: ArraySlice<Int32>, into losses: Vector, _ memory: RowMemory, team: ThreadTeam
  ) {
    team.runRanges(losses.count, minimum: Linear.minimumRows) { rows in
      for row in rows {
        let isIgnored = targets[targets.startIndex + row] == TokenBatch.ignoredTarget
        let sum = sum(ofRow: row, memory)
        let loss =
          Double(memory.references[row]) + log(sum) - Double(memory.targetLogits[row])
        losses[row] = isIgnored ? 0 : Float(loss)
        memory.scales[row] = isIgnored ? 0 : Float(1 / sum)
        memory.targetGradients[row] = isIgnored ? 0 : Float(expm1(-loss))
      }
    }
  }
}
