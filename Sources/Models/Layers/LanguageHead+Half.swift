// Head and loss with products in half precision. Logits are computed in cache-sized tiles over rows
// and vocabulary; what is kept of them until a row's normaliser is known, for some rows at a time,
// is rounded, and becomes the gradient in the same memory.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension LanguageHead {
  /// Columns of the vocabulary that are handled together.
  private static let tileColumns = 1_024
  /// Rows of a tile that is in a cache.
  private static let tileRowCount = 64

  struct HalfMemory {
    /// Rounded logits of some rows less their tile's log Σ exp, rows × vocabulary: so those that
    /// matter are near zero, where rounding is finest.
    let logits: BFloat16Matrix
    /// log Σ exp of every row over every tile of the vocabulary, rows × tiles.
    let partialLogSums: Matrix
    /// Logit of each row's target, and log Σ exp of the row.
    let targetLogits: Vector
    let logSums: Vector
    /// The transposed gradient of a tile, one a thread.
    let transposed: [BFloat16Matrix]
    /// The rows of x as a second factor, rows × C.
    let packed: PackedMatrix
  }

  /// Memory reserved in a plan, for at most `rows` rows.
  struct HalfRegions {
    private let logits: MemoryPlan.HalfRegion
    private let sums: [MemoryPlan.Region]
    private let transposed: [MemoryPlan.HalfRegion]
    private let packed: MemoryPlan.PackedRegion

    init(
      _ plan: inout MemoryPlan, rows: Int, _ configuration: ModelConfiguration, threadCount: Int,
      training: Bool
    ) {
      let vocabulary = configuration.usedVocabularySize
      let count = LanguageHead.tileRows(
        rows: rows, vocabularySize: vocabulary, valueSize: MemoryLayout<UInt16>.stride)
      logits = plan.reserveHalf(count, training ? vocabulary : 1)
      sums = [
        plan.reserve(count, LanguageHead.tileCount(vocabulary)), plan.reserve(count),
        plan.reserve(count),
      ]
      transposed = (0..<(training ? threadCount : 0)).map { _ in
        plan.reserveHalf(min(vocabulary, LanguageHead.tileColumns), count)
      }
      packed = plan.reservePacked(training ? count : 1, configuration.embeddingWidth)
    }

    func memory(_ workspace: Workspace) -> HalfMemory {
      HalfMemory(
        logits: workspace.half(logits), partialLogSums: workspace.matrix(sums[0]),
        targetLogits: workspace.vector(sums[1]), logSums: workspace.vector(sums[2]),
        transposed: transposed.map { workspace.half($0) }, packed: workspace.packed(packed))
    }
  }

  private static func tileCount(_ vocabulary: Int) -> Int {
    (vocabulary + tileColumns - 1) / tileColumns
  }

  private var packedWeight: PackedWeight {
    guard let packed else { preconditionFailure("this head was built for single precision") }
    return packed
  }

  private func columns(ofTile tile: Int) -> Range<Int> {
    tile * Self.tileColumns..<min(usedVocabularySize, (tile + 1) * Self.tileColumns)
  }

  private func columns(ofTile tile: Int, panels: Range<Int>) -> Range<Int> {
    let all = columns(ofTile: tile)
    let width = PackedMatrix.panelColumns
    return all.lowerBound + panels.lowerBound
      * width..<min(
        all.upperBound, all.lowerBound + panels.upperBound * width)
  }

  /// Runs every tile of the vocabulary in so many parts that all threads have work, however few
  /// tiles there are. A part is some of `count` things that the tile's work can be cut into.
  private func forEachTile(
    cutting count: (Int) -> Int, team: ThreadTeam,
    _ body: (_ tile: Int, _ part: Range<Int>, _ thread: Int) -> Void
  ) {
    let tiles = Self.tileCount(usedVocabularySize)
    let parts = (4 * team.threadCount + tiles - 1) / tiles
    team.run(tiles * parts) { task, thread in
      let (tile, part) = (task / parts, task % parts)
      let count = count(tile)
      let range = count * part / parts..<count * (part + 1) / parts
      if !range.isEmpty { body(tile, range, thread) }
    }
  }

  func logits(_ x: BFloat16Matrix, into logits: Matrix, team: ThreadTeam) {
    team.run(Self.tileCount(usedVocabularySize)) { tile, _ in
      let columns = columns(ofTile: tile)
      HalfMultiply.multiply(
        x, packedWeight.forward.columns(columns), into: logits.columns(columns))
    }
  }

  /// Logits of some rows, tile by tile: their partial sums, those of the targets, and if asked for
  /// the logits themselves.
  func measure(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, _ memory: HalfMemory,
    _ scratch: ProductScratch, keep: Bool, team: ThreadTeam
  ) {
    let blockCount = (x.rows + Self.tileRowCount - 1) / Self.tileRowCount
    func blocks(ofTile _: Int) -> Int { blockCount }
    forEachTile(cutting: blocks, team: team) { tile, blocks, thread in
      let columns = columns(ofTile: tile)
      let weight = packedWeight.forward.columns(columns)
      for block in blocks {
        let first = block * Self.tileRowCount
        let rows = first..<min(x.rows, first + Self.tileRowCount)
        let logits = scratch.piece(thread: thread, rows: rows.count, columns: columns.count)
        HalfMultiply.multiply(x.rows(rows), weight, into: logits)
        for row in rows {
          let line = logits.row(row - first)
          if let bias { VectorMath.add(bias.value[columns], to: line) }
          // -log softmax of the first is log Σ exp without it.
          memory.partialLogSums[row, tile] = VectorMath.crossEntropy(line, target: 0) + line[0]
          let target = Int(targets[targets.startIndex + row])
          if columns.contains(target) {
            memory.targetLogits[row] = line[target - columns.lowerBound]
          }
        }
        guard keep else { continue }
        for row in rows {
          VectorMath.subtract(memory.partialLogSums[row, tile], from: logits.row(row - first))
        }
        memory.logits.rows(rows).columns(columns).round(logits)
      }
    }
  }

  /// Losses of some rows from their partial sums.
  func sumUp(
    _ targets: ArraySlice<Int32>, into losses: Vector, _ memory: HalfMemory, team: ThreadTeam
  ) {
    team.runRanges(losses.count, minimum: Linear.minimumRows) { rows in
      for row in rows {
        let partial = memory.partialLogSums.row(row)
        memory.logSums[row] = VectorMath.crossEntropy(partial, target: 0) + partial[0]
        losses[row] =
          targets[targets.startIndex + row] == TokenBatch.ignoredTarget
          ? 0 : memory.logSums[row] - memory.targetLogits[row]
      }
    }
  }

  /// Losses and gradients of some rows.
  func backward(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, into losses: Vector, dx: Matrix,
    _ memory: HalfMemory, _ scratch: ProductScratch, _ weightGradient: Matrix, team: ThreadTeam
  ) {
    measure(x, targets, memory, scratch, keep: true, team: team)
    sumUp(targets, into: losses, memory, team: team)
    let packed = memory.packed.reused(depth: x.rows, columns: x.columns)
    packed.pack(.half(x), transposed: false, team: team)
    let gradient = memory.logits.rows(0..<x.rows)
    func panels(ofTile tile: Int) -> Int {
      PackedMatrix.panelCount(columns: columns(ofTile: tile).count)
    }
    forEachTile(cutting: panels, team: team) { tile, panels, thread in
      let columns = columns(ofTile: tile, panels: panels)
      for row in 0..<x.rows {
        let target = Int(targets[targets.startIndex + row])
        let logSum = memory.logSums[row]
        let own = gradient.rows(row..<row + 1).columns(columns)
        VectorMath.crossEntropyGradient(
          own, logSum: logSum - memory.partialLogSums[row, tile],
          isIgnored: target == TokenBatch.ignoredTarget)
        if columns.contains(target) {
          own[0, target - columns.lowerBound] = exp(memory.targetLogits[row] - logSum) - 1
        }
      }
      let turned = memory.transposed[thread].reused(rows: columns.count, columns: x.rows)
      gradient.columns(columns).transpose(into: turned, rows: 0..<columns.count)
      HalfMultiply.multiply(
        turned, packed, into: weightGradient.rows(columns), accumulate: true)
      if let biasGradient = bias?.gradient {
        VectorMath.addColumnSums(
          of: .half(gradient), columns: columns, to: biasGradient[0..<usedVocabularySize])
      }
    }
    scratch.forEachPiece(rows: x.rows, columns: x.columns, team: team) { rows, _ in
      HalfMultiply.multiply(gradient.rows(rows), packedWeight.backward, into: dx.rows(rows))
    }
  }
}
