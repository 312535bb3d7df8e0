// Causal attention with products in half precision. A head's keys and values are packed once and
// serve all of its queries; scores, softmax and sums stay in single precision.
import Tensors

// Legend: B sequences, T tokens each, H heads of width d, C = H·d.

extension CausalAttention {
  /// Queries handled together: a whole number of the kernels' steps, so that the products end where
  /// the mask does.
  private static let halfQueryBlock = 64

  /// What a thread needs for one head.
  struct HalfMemory {
    /// Raw scores and their gradient, queries × T.
    let scores: Vector
    let dScores: Vector
    /// Weights and the gradient of the scores, as products read them; and one of both transposed.
    let weights: BFloat16Matrix
    let roundedDScores: BFloat16Matrix
    let transposed: BFloat16Matrix
    /// Kᵀ and V for forward; Vᵀ and K as well for backward.
    let keysTransposed: PackedMatrix
    let values: PackedMatrix
    let valuesTransposed: PackedMatrix?
    let keys: PackedMatrix?
    /// Queries or gradients of outputs of one block, as a second factor.
    let packedBlock: PackedMatrix
    /// Results, queries × d, two of them.
    let block: Matrix
    let otherBlock: Matrix
    /// Inverse sums of weights in forward, Σ dy · y in backward.
    let queryValues: Vector
    /// Gradients of keys and values, T × d.
    let dKeys: Matrix
    let dValues: Matrix
  }

  /// Memory of one thread, reserved in a plan.
  struct HalfRegions {
    private let floats: [MemoryPlan.Region]
    private let weights: MemoryPlan.HalfRegion
    private let roundedDScores: MemoryPlan.HalfRegion
    private let transposed: MemoryPlan.HalfRegion
    private let packed: [MemoryPlan.PackedRegion]

    init(_ plan: inout MemoryPlan, time: Int, headWidth: Int, training: Bool) {
      let queries = min(time, CausalAttention.halfQueryBlock)
      let tile = queries * VectorMath.wholeVectors(time)
      let keptRows = training ? time : 1
      floats = [
        plan.reserve(tile), plan.reserve(training ? tile : 1),
        plan.reserve(queries, headWidth), plan.reserve(queries, headWidth), plan.reserve(queries),
        plan.reserve(keptRows, headWidth), plan.reserve(keptRows, headWidth),
      ]
      weights = plan.reserveHalf(queries, time)
      roundedDScores = plan.reserveHalf(training ? queries : 1, time)
      transposed = plan.reserveHalf(keptRows, queries)
      packed =
        [
          plan.reservePacked(headWidth, time), plan.reservePacked(time, headWidth),
          plan.reservePacked(queries, headWidth),
        ]
        + (training
          ? [plan.reservePacked(headWidth, time), plan.reservePacked(time, headWidth)] : [])
    }

    func memory(_ workspace: Workspace) -> HalfMemory {
      HalfMemory(
        scores: workspace.vector(floats[0]), dScores: workspace.vector(floats[1]),
        weights: workspace.half(weights), roundedDScores: workspace.half(roundedDScores),
        transposed: workspace.half(transposed),
        keysTransposed: workspace.packed(packed[0]), values: workspace.packed(packed[1]),
        valuesTransposed: packed.count > 3 ? workspace.packed(packed[3]) : nil,
        keys: packed.count > 4 ? workspace.packed(packed[4]) : nil,
        packedBlock: workspace.packed(packed[2]), block: workspace.matrix(floats[2]),
        otherBlock: workspace.matrix(floats[3]), queryValues: workspace.vector(floats[4]),
        dKeys: workspace.matrix(floats[5]), dValues: workspace.matrix(floats[6]))
    }
  }

  /// Where a head of a sequence finds its parts.
  fileprivate struct HalfHead {
    let query: BFloat16Matrix
    let key: BFloat16Matrix
    let value: BFloat16Matrix
    private let rows: Range<Int>
    private let columns: Range<Int>

    init(_ index: Int, _ qkv: BFloat16Matrix, time: Int, headCount: Int) {
      let width = qkv.columns / 3
      let (sequence, head) = index.quotientAndRemainder(dividingBy: headCount)
      rows = sequence * time..<(sequence + 1) * time
      columns = head * (width / headCount)..<(head + 1) * (width / headCount)
      let ownRows = qkv.rows(rows)
      let own = columns
      func part(_ place: Int) -> BFloat16Matrix {
        ownRows.columns(place * width + own.lowerBound..<place * width + own.upperBound)
      }
      (query, key, value) = (part(0), part(1), part(2))
    }

    func part(of output: BFloat16Matrix) -> BFloat16Matrix { output.rows(rows).columns(columns) }
  }

  func forward(
    _ qkv: BFloat16Matrix, time: Int, into y: BFloat16Matrix, logSum: Vector,
    memory: [HalfMemory], source: DropoutSource?, team: ThreadTeam
  ) {
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    let scale = scoreScale(width: qkv.columns / 3)
    team.run(qkv.rows / time * headCount) { index, thread in
      let (own, head) = (memory[thread], HalfHead(index, qkv, time: time, headCount: headCount))
      let keys = own.keysTransposed.reused(depth: head.key.columns, columns: time)
      let values = own.values.reused(depth: time, columns: head.value.columns)
      keys.pack(.half(head.key), transposed: true)
      values.pack(.half(head.value), transposed: false)
      for first in stride(from: 0, to: time, by: Self.halfQueryBlock) {
        let queries = first..<min(time, first + Self.halfQueryBlock)
        let seen = queries.upperBound
        let scores = own.matrix(own.scores, queries.count, seen)
        HalfMultiply.multiply(head.query.rows(queries), keys.columns(0..<seen), into: scores)
        let weights = own.weights.reused(rows: queries.count, columns: seen)
        let inverseSum = own.queryValues[0..<queries.count]
        VectorMath.attentionWeights(
          scores, firstQuery: first, scale: scale, into: weights,
          logSum: logSum[index * time..<(index + 1) * time][queries], inverseSum: inverseSum,
          mask?.rows(from: index * time))
        let result = own.block.rows(0..<queries.count)
        HalfMultiply.multiply(weights, values.rows(0..<seen), into: result)
        VectorMath.scaleRows(of: result, by: inverseSum, into: head.part(of: y).rows(queries))
      }
    }
  }

  func backward(
    _ dy: BFloat16Matrix, qkv: BFloat16Matrix, time: Int, y: BFloat16Matrix, logSum: Vector,
    into dqkv: BFloat16Matrix, memory: [HalfMemory], source: DropoutSource?, team: ThreadTeam
  ) {
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    let scale = scoreScale(width: qkv.columns / 3)
    team.run(qkv.rows / time * headCount) { index, thread in
      let own = memory[thread]
      let head = HalfHead(index, qkv, time: time, headCount: headCount)
      let gradient = HalfHead(index, dqkv, time: time, headCount: headCount)
      let packed = own.pack(head, time: time)
      var last = time
      // From the last block on, so that the first writes every key's gradient and the rest add.
      while last > 0 {
        let queries = (last - 1) / Self.halfQueryBlock * Self.halfQueryBlock..<last
        own.backward(
          queries, query: head.query.rows(queries), dy: head.part(of: dy).rows(queries),
          y: head.part(of: y).rows(queries), packed, into: gradient.query.rows(queries),
          logSum: logSum[index * time..<(index + 1) * time][queries], scale: scale,
          mask: mask?.rows(from: index * time), isFirst: last == time)
        last = queries.lowerBound
      }
      gradient.key.round(own.dKeys.rows(0..<time))
      gradient.value.round(own.dValues.rows(0..<time))
    }
  }
}

extension CausalAttention.HalfMemory {
  /// A head's keys and values, packed in all the ways that backward reads them.
  fileprivate struct Packed {
    let keysTransposed: PackedMatrix
    let keys: PackedMatrix
    let valuesTransposed: PackedMatrix
  }

  /// Memory for `rows` queries and `columns` keys, in rows with room for what softmax writes.
  fileprivate func matrix(_ memory: Vector, _ rows: Int, _ columns: Int) -> Matrix {
    let stride = VectorMath.wholeVectors(columns)
    return Matrix(memory[0..<rows * stride], rows: rows, columns: stride).columns(0..<columns)
  }

  fileprivate func pack(_ head: CausalAttention.HalfHead, time: Int) -> Packed {
    guard let keys, let valuesTransposed else {
      preconditionFailure("attention's memory was planned without a backward pass")
    }
    let width = head.key.columns
    let packed = Packed(
      keysTransposed: keysTransposed.reused(depth: width, columns: time),
      keys: keys.reused(depth: time, columns: width),
      valuesTransposed: valuesTransposed.reused(depth: width, columns: time))
    packed.keysTransposed.pack(.half(head.key), transposed: true)
    packed.keys.pack(.half(head.key), transposed: false)
    packed.valuesTransposed.pack(.half(head.value), transposed: true)
    return packed
  }

  /// One block of queries: with P the dropped weights and S the raw scores,
  /// dV += Pᵀ dY, dQ = dS K, dK += dSᵀ Q.
  fileprivate func backward(
    _ queries: Range<Int>, query: BFloat16Matrix, dy: BFloat16Matrix, y: BFloat16Matrix,
    _ packed: Packed, into dQuery: BFloat16Matrix, logSum: Vector, scale: Float,
    mask: DropoutMask?, isFirst: Bool
  ) {
    let (count, seen) = (queries.count, queries.upperBound)
    let scores = matrix(self.scores, count, seen)
    let dScores = matrix(self.dScores, count, seen)
    HalfMultiply.multiply(query, packed.keysTransposed.columns(0..<seen), into: scores)
    HalfMultiply.multiply(dy, packed.valuesTransposed.columns(0..<seen), into: dScores)
    let (dyFloats, yFloats) = (block.rows(0..<count), otherBlock.rows(0..<count))
    dy.widen(into: dyFloats)
    y.widen(into: yFloats)
    let delta = queryValues[0..<count]
    VectorMath.rowDots(dyFloats, yFloats, into: delta)
    let rounded = weights.reused(rows: count, columns: seen)
    let roundedDScores = roundedDScores.reused(rows: count, columns: seen)
    VectorMath.attentionGradient(
      scores, gradient: dScores, firstQuery: queries.lowerBound, scale: scale, logSum: logSum,
      delta: delta, weights: rounded, dScores: roundedDScores, mask)

    let factor = packedBlock.reused(depth: count, columns: query.columns)
    let turned = transposed.reused(rows: seen, columns: count)
    rounded.transpose(into: turned, rows: 0..<seen)
    factor.pack(.half(dy), transposed: false)
    HalfMultiply.multiply(turned, factor, into: dValues.rows(0..<seen), accumulate: !isFirst)

    let result = block.rows(0..<count)
    HalfMultiply.multiply(roundedDScores, packed.keys.rows(0..<seen), into: result)
    dQuery.round(result)
    roundedDScores.transpose(into: turned, rows: 0..<seen)
    factor.pack(.half(query), transposed: false)
    HalfMultiply.multiply(turned, factor, into: dKeys.rows(0..<seen), accumulate: !isFirst)
  }
}
