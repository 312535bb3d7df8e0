// Head and loss with products in half precision. Logits are computed in cache-sized blocks over rows
// and vocabulary, and become exponentials there.
//
// With e = exp(logit - r), where r is near the row's largest logit, s = Σ e over the vocabulary,
// t the target and p its probability:
//
//     loss = r + log s - logit[t]
//     dx   = 1/s Σ e[v] W[v] + (p - 1) W[t], v ≠ t
//     dW[v] += e[v] (x / s), v ≠ t;  dW[t] += (p - 1) x
//
// Neither sum needs s before its end, so that dx is summed up while the exponentials are in a cache.
// Only dW has to wait for all of a row: for that they are kept, for some rows at a time. They span
// many powers of ten, but rounding is relative, and the large p - 1 is not rounded.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension LanguageHead {
  /// Columns of the vocabulary whose largest logit is a row's first reference.
  private static let referenceColumns = 256
  /// Sums of exponentials beyond this tell that a reference is too far below the largest logit:
  /// divided by it, what enters products would be too small for bfloat16 as CPUs multiply it.
  private static let largestSum: Double = 1e15

  private var packedWeight: PackedWeight {
    guard let packed else { preconditionFailure("this head was built for single precision") }
    return packed
  }

  private func columns(ofTile tile: Int) -> Range<Int> {
    tile * Self.tileColumns..<min(usedVocabularySize, (tile + 1) * Self.tileColumns)
  }

  func logits(_ x: BFloat16Matrix, into logits: Matrix, team: ThreadTeam) {
    team.run(Self.tileCount(usedVocabularySize)) { tile, _ in
      let columns = columns(ofTile: tile)
      HalfMultiply.multiply(
        x, packedWeight.forward.columns(columns), into: logits.columns(columns))
    }
  }

  /// Losses of some rows.
  func losses(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, into losses: Vector, _ memory: HalfMemory,
    _ scratch: ProductScratch, team: ThreadTeam
  ) {
    exponentiate(x, targets, memory, scratch, keep: false, team: team)
    sumUp(targets, into: losses, memory, team: team)
  }

  /// Losses and gradients of some rows.
  func backward(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, into losses: Vector, dx: Matrix,
    _ memory: HalfMemory, _ scratch: ProductScratch, _ weightGradient: Matrix, team: ThreadTeam
  ) {
    exponentiate(x, targets, memory, scratch, keep: true, team: team)
    sumUp(targets, into: losses, memory, team: team)
    team.runRanges(x.rows, minimum: Linear.minimumRows) { rows in
      let groupCount = Self.groupCount(usedVocabularySize)
      VectorMath.combineRows(
        rows, of: memory.dxParts.rows(0..<groupCount * x.rows), partCount: groupCount,
        factors: memory.scales[0..<x.rows], other: weight.matrix,
        otherFactors: memory.targetGradients[0..<x.rows], choices: targets, into: dx)
      VectorMath.scaleRows(
        of: x.rows(rows), by: memory.scales[rows], into: memory.scaled.rows(rows))
    }
    addWeightGradients(x, targets, memory, to: weightGradient, team: team)
  }

  /// Exponentials of all logits: their sums, and if asked for themselves and what they add to dx.
  private func exponentiate(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, _ memory: HalfMemory,
    _ scratch: ProductScratch, keep: Bool, team: ThreadTeam
  ) {
    setReferences(
      x, among: 0..<min(usedVocabularySize, Self.referenceColumns), memory, scratch, team: team)
    for isLastTry in [false, true] {
      forEachGroup(rows: x.rows, team: team) { tiles, blocks, group, thread in
        for tile in tiles {
          for block in blocks {
            let rows = block * Self.blockRows..<min(x.rows, (block + 1) * Self.blockRows)
            let kept = exponentiate(
              x, rows, tile, targets, memory, scratch, keep: keep, thread: thread)
            guard let kept else { continue }
            HalfMultiply.multiply(
              kept, packedWeight.backward.rows(columns(ofTile: tile)),
              into: memory.dxParts.rows(group * x.rows..<(group + 1) * x.rows).rows(rows),
              accumulate: tile > tiles.lowerBound)
          }
        }
      }
      let fits = (0..<x.rows).allSatisfy { sum(ofRow: $0, memory) <= Self.largestSum }
      if fits || isLastTry { return }
      setReferences(x, among: 0..<usedVocabularySize, memory, scratch, team: team)
    }
  }

  /// One block; returns its exponentials if they are to be kept.
  private func exponentiate(
    _ x: BFloat16Matrix, _ rows: Range<Int>, _ tile: Int, _ targets: ArraySlice<Int32>,
    _ memory: HalfMemory, _ scratch: ProductScratch, keep: Bool, thread: Int
  ) -> BFloat16Matrix? {
    let columns = columns(ofTile: tile)
    let logits = blockLogits(x.rows(rows), columns, scratch, thread: thread)
    let kept =
      keep ? memory.blocks[thread].reused(rows: rows.count, columns: columns.count) : nil
    VectorMath.exponentials(
      logits, references: memory.references[rows], into: kept,
      sums: memory.sums.rows(rows).columns(tile..<tile + 1))
    for row in rows {
      let target = Int(targets[targets.startIndex + row])
      guard columns.contains(target) else { continue }
      memory.targetLogits[row] = logits[row - rows.lowerBound, target - columns.lowerBound]
      kept?[row - rows.lowerBound, target - columns.lowerBound] = 0
    }
    kept?.transpose(
      into: memory.exponentials.rows(columns).columns(rows), rows: 0..<columns.count,
      pastCaches: true)
    return kept
  }

  private func blockLogits(
    _ x: BFloat16Matrix, _ columns: Range<Int>, _ scratch: ProductScratch, thread: Int
  ) -> Matrix {
    let logits = scratch.piece(thread: thread, rows: x.rows, columns: columns.count)
    HalfMultiply.multiply(x, packedWeight.forward.columns(columns), into: logits)
    if let bias { VectorMath.addBias(bias.value[columns], to: logits) }
    return logits
  }

  /// The largest logit of every row among some columns of the vocabulary becomes its reference.
  private func setReferences(
    _ x: BFloat16Matrix, among all: Range<Int>, _ memory: HalfMemory, _ scratch: ProductScratch,
    team: ThreadTeam
  ) {
    team.runPieces(x.rows, length: Self.blockRows) { rows, thread in
      for first in stride(from: 0, to: all.count, by: Self.tileColumns) {
        let columns = first..<min(all.count, first + Self.tileColumns)
        VectorMath.rowMaxima(
          of: blockLogits(x.rows(rows), columns, scratch, thread: thread),
          into: memory.references[rows], keepLarger: first > 0)
      }
    }
  }

  /// Calls `body` for groups of tiles and parts of the blocks of rows, so many that all threads have
  /// work. The groups, in which sums are added up, depend on the vocabulary only.
  private func forEachGroup(
    rows: Int, team: ThreadTeam,
    _ body: (_ tiles: Range<Int>, _ blocks: Range<Int>, _ group: Int, _ thread: Int) -> Void
  ) {
    let tileCount = Self.tileCount(usedVocabularySize)
    let groupCount = Self.groupCount(usedVocabularySize)
    let blockCount = (rows + Self.blockRows - 1) / Self.blockRows
    let partCount = min(blockCount, (4 * team.threadCount + groupCount - 1) / groupCount)
    func share(_ part: Int, of count: Int, _ parts: Int) -> Range<Int> {
      count * part / parts..<count * (part + 1) / parts
    }
    team.run(groupCount * partCount) { task, thread in
      let (group, part) = task.quotientAndRemainder(dividingBy: partCount)
      body(
        share(group, of: tileCount, groupCount), share(part, of: blockCount, partCount), group,
        thread)
    }
  }

  private func sum(ofRow row: Int, _ memory: HalfMemory) -> Double {
    let sums = memory.sums.row(row)
    return (0..<sums.count).reduce(0) { $0 + Double(sums[$1]) }
  }

  /// Losses of some rows from their sums, and what their gradients are made with.
  private func sumUp(
    _ targets: ArraySlice<Int32>, into losses: Vector, _ memory: HalfMemory, team: ThreadTeam
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

  private func addWeightGradients(
    _ x: BFloat16Matrix, _ targets: ArraySlice<Int32>, _ memory: HalfMemory,
    to weightGradient: Matrix, team: ThreadTeam
  ) {
    let packed = memory.packed.reused(depth: x.rows, columns: x.columns)
    packed.pack(.half(memory.scaled.rows(0..<x.rows)), transposed: false, team: team)
    let exponentials = memory.exponentials.columns(0..<x.rows)
    team.runPieces(usedVocabularySize, length: Self.tileColumns / 4) { columns, _ in
      HalfMultiply.multiply(
        exponentials.rows(columns), packed, into: weightGradient.rows(columns), accumulate: true)
      let biasGradient = bias?.gradient
      if let biasGradient {
        VectorMath.addWeightedSums(
          of: exponentials.rows(columns), weights: memory.scales[0..<x.rows],
          to: biasGradient[columns])
      }
      for row in 0..<x.rows {
        let target = Int(targets[targets.startIndex + row])
        guard columns.contains(target) else { continue }
        let gradient = memory.targetGradients[row]
        VectorMath.addScaled(
          x.rows(row..<row + 1), factor: gradient, to: weightGradient.row(target))
        biasGradient?[target] += gradient
      }
    }
  }
}
