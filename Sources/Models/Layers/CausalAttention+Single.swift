// Causal attention with products in single precision. A head's keys and values are packed once and
// serve all of its queries.
import Tensors

// Legend: B sequences, T tokens each, H heads of width d, C = H·d.

extension CausalAttention {
  /// Queries handled together: their scores stay in the second-level cache.
  private static let queryBlock = 64

  /// What a thread needs for one head.
  struct SingleMemory {
    /// Raw scores, then weights; and their gradient: queries × T.
    let scores: Vector
    let dScores: Vector
    let delta: Vector
    /// Kᵀ; V for forward, Vᵀ for backward; K for backward.
    let keysTransposed: Vector
    let values: Vector
    let keys: Vector
    /// Gradients of outputs, or queries, of one block.
    let block: Vector

    /// Queries × keys, in rows with room for what products and softmax write.
    fileprivate func tile(
      _ memory: Vector, _ queries: Range<Int>, _ keys: FloatPanels
    ) -> Matrix {
      let stride = keys.roomForColumns(queries.upperBound)
      return Matrix(memory[0..<queries.count * stride], rows: queries.count, columns: stride)
        .columns(0..<queries.upperBound)
    }

    fileprivate static func packed(
      _ matrix: Matrix, transposed: Bool = false, in memory: Vector
    ) -> FloatPanels {
      let panels = FloatPanels(
        memory, depth: transposed ? matrix.columns : matrix.rows,
        columns: transposed ? matrix.rows : matrix.columns)
      panels.pack(matrix, transposed: transposed)
      return panels
    }
  }

  /// Memory of one thread, reserved in a plan.
  struct SingleRegions {
    private let regions: [MemoryPlan.Region]

    init(_ plan: inout MemoryPlan, time: Int, headWidth: Int, training: Bool) {
      let queries = min(time, CausalAttention.queryBlock)
      let tile = queries * VectorMath.wholeVectors(time)
      let (across, along) = (
        FloatPanels.count(headWidth, time), FloatPanels.count(time, headWidth)
      )
      regions = [
        plan.reserve(tile), plan.reserve(training ? tile : 1), plan.reserve(queries),
        plan.reserve(across), plan.reserve(max(across, along)),
        plan.reserve(training ? along : 1),
        plan.reserve(training ? FloatPanels.count(queries, headWidth) : 1),
      ]
    }

    func memory(_ workspace: Workspace) -> SingleMemory {
      let parts = regions.map { workspace.vector($0) }
      return SingleMemory(
        scores: parts[0], dScores: parts[1], delta: parts[2], keysTransposed: parts[3],
        values: parts[4], keys: parts[5], block: parts[6])
    }
  }

  /// Where a head of a sequence finds its parts.
  private struct Head {
    let rows: Range<Int>
    let columns: Range<Int>
    let query: Matrix
    let key: Matrix
    let value: Matrix

    /// qkv: (B·T) × 3C, each row queries | keys | values.
    init(_ index: Int, _ qkv: Matrix, time: Int, headCount: Int) {
      let width = qkv.columns / 3
      let (sequence, head) = index.quotientAndRemainder(dividingBy: headCount)
      rows = sequence * time..<(sequence + 1) * time
      let first = head * (width / headCount)
      let end = (head + 1) * (width / headCount)
      columns = first..<end
      let ownRows = qkv.rows(rows)
      query = ownRows.columns(first..<end)
      key = ownRows.columns(width + first..<width + end)
      value = ownRows.columns(2 * width + first..<2 * width + end)
    }

    /// This head's columns of the layer's output, T × d.
    func part(of output: Matrix) -> Matrix { output.rows(rows).columns(columns) }
  }

  /// Among how many tasks the queries of a head are shared: one, where there are heads enough for
  /// all threads.
  private static func shareCount(heads: Int, blocks: Int, _ team: ThreadTeam) -> Int {
    let wanted = 3 * team.threadCount
    return team.threadCount == 1 ? 1 : min(blocks, max(1, (wanted + heads - 1) / heads))
  }

  func forward(
    _ qkv: Matrix, time: Int, into y: Matrix, logSum: Vector, memory: [SingleMemory],
    source: DropoutSource?, team: ThreadTeam
  ) {
    let headTotal = qkv.rows / time * headCount
    let blocks = (time + Self.queryBlock - 1) / Self.queryBlock
    let shares = Self.shareCount(heads: headTotal, blocks: blocks, team)
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    let scale = scoreScale(width: qkv.columns / 3)
    team.run(headTotal * shares) { task, thread in
      let (share, index) = task.quotientAndRemainder(dividingBy: headTotal)
      let (own, head) = (memory[thread], Head(index, qkv, time: time, headCount: headCount))
      // The share with the last block, which sees most, goes first.
      let firstBlock = (blocks - 1 - share) % shares
      let lastBlock = blocks - 1 - share
      let seen = min(time, (lastBlock + 1) * Self.queryBlock)
      let keys = SingleMemory.packed(
        head.key.rows(0..<seen), transposed: true, in: own.keysTransposed)
      let values = SingleMemory.packed(head.value.rows(0..<seen), in: own.values)
      for block in stride(from: firstBlock, through: lastBlock, by: shares) {
        let first = block * Self.queryBlock
        let queries = first..<min(time, first + Self.queryBlock)
        let scores = own.tile(own.scores, queries, keys)
        CausalMultiply.scores(head.query.rows(queries), keys, firstQuery: first, into: scores)
        VectorMath.attentionSoftmax(
          scores, firstQuery: first, scale: scale,
          logSum: logSum[index * time..<(index + 1) * time][queries],
          mask?.rows(from: index * time))
        CausalMultiply.weighted(
          scores, values, firstQuery: first, into: head.part(of: y).rows(queries))
      }
    }
  }

  func backward(
    _ dy: Matrix, qkv: Matrix, time: Int, y: Matrix, logSum: Vector, into dqkv: Matrix,
    memory: [SingleMemory], source: DropoutSource?, team: ThreadTeam
  ) {
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    let scale = scoreScale(width: qkv.columns / 3)
    team.run(qkv.rows / time * headCount) { index, thread in
      let (own, head) = (memory[thread], Head(index, qkv, time: time, headCount: headCount))
      let gradient = Head(index, dqkv, time: time, headCount: headCount)
      let packed = Packed(
        keys: SingleMemory.packed(head.key, in: own.keys),
        keysTransposed: SingleMemory.packed(head.key, transposed: true, in: own.keysTransposed),
        valuesTransposed: SingleMemory.packed(head.value, transposed: true, in: own.values))
      let logSums = logSum[index * time..<(index + 1) * time]
      var last = time
      // From the last block on, so that the first writes every key's gradient and the rest add.
      while last > 0 {
        let queries = (last - 1) / Self.queryBlock * Self.queryBlock..<last
        own.backward(
          queries, query: head.query.rows(queries), dy: head.part(of: dy).rows(queries),
          y: head.part(of: y).rows(queries), packed,
          into: (gradient.query.rows(queries), gradient.key, gradient.value),
          logSum: logSums[queries], scale: scale, mask: mask?.rows(from: index * time),
          isFirst: last == time)
        last = queries.lowerBound
      }
    }
  }

  /// What backward reads of all keys of a head.
  fileprivate struct Packed {
    let keys: FloatPanels
    let keysTransposed: FloatPanels
    let valuesTransposed: FloatPanels
  }
}

extension CausalAttention.SingleMemory {
  /// One block of queries: with P the dropped weights and S the raw scores,
  /// dV += Pᵀ dY, dQ = dS K, dK += dSᵀ Q.
  fileprivate func backward(
    _ queries: Range<Int>, query: Matrix, dy: Matrix, y: Matrix, _ packed: CausalAttention.Packed,
    into gradient: (query: Matrix, key: Matrix, value: Matrix), logSum: Vector, scale: Float,
    mask: DropoutMask?, isFirst: Bool
  ) {
    let (first, seen) = (queries.lowerBound, 0..<queries.upperBound)
    let scores = tile(self.scores, queries, packed.keysTransposed)
    let dScores = tile(self.dScores, queries, packed.valuesTransposed)
    CausalMultiply.scores(query, packed.keysTransposed, firstQuery: first, into: scores)
    CausalMultiply.scores(dy, packed.valuesTransposed, firstQuery: first, into: dScores)
    let delta = delta[0..<dy.rows]
    VectorMath.rowDots(dy, y, into: delta)
    VectorMath.attentionSoftmaxBackward(
      scores, gradient: dScores, firstQuery: first, scale: scale, logSum: logSum,
      delta: delta, mask)
    CausalMultiply.transposedWeighted(
      scores, Self.packed(dy, in: block), firstQuery: first, into: gradient.value.rows(seen),
      accumulate: !isFirst)
    CausalMultiply.weighted(dScores, packed.keys, firstQuery: first, into: gradient.query)
    CausalMultiply.transposedWeighted(
      dScores, Self.packed(query, in: block), firstQuery: first, into: gradient.key.rows(seen),
      accumulate: !isFirst)
  }
}
