// Causal self-attention: softmax(Q Kᵀ / √d) V for every head, each query seeing itself and the past.
// Vaswani et al., "Attention Is All You Need", 2017. The scores exist for one block of queries at a
// time; backward computes them again from the sums that forward kept (Dao et al.,
// "FlashAttention", 2022).
import Tensors

// Legend: B sequences, T tokens each, H heads of width d, C = H·d.

/// Saved for backward: qkv, the output, and log Σ exp of every query's scores.
struct CausalAttention {
  let headCount: Int
  let dropout: Dropout

  /// Queries handled together. Keys beyond a block's last query are never computed.
  private static let queryBlock = 128

  /// Operations of a forward pass over `rows` rows: the hidden half of the scores is not computed.
  /// A backward pass takes 2.5 times as many.
  func operations(rows: Int, _ qkv: ProductMatrix, time: Int) -> Double {
    2 * Double(rows) * Double(time) * Double(qkv.columns / 3)
  }

  /// Memory of the threads.
  enum Memory {
    /// One row a thread.
    case single(Matrix)
    /// One a thread.
    case half([HalfMemory])
  }

  /// Floats of one thread in single precision: two tiles of scores and one number a query.
  static func scratchCount(time: Int) -> Int { min(time, queryBlock) * (2 * time + 1) }

  /// The parts of a thread's scratch for one block of queries.
  private struct Scratch {
    let scores: Matrix
    let dScores: Matrix
    let delta: Vector

    init(_ memory: Vector, queries: Range<Int>, time: Int) {
      let seen = queries.upperBound
      let tile = min(time, queryBlock) * time
      let used = queries.count * seen
      scores = Matrix(memory[0..<used], rows: queries.count, columns: seen)
      dScores = Matrix(memory[tile..<tile + used], rows: queries.count, columns: seen)
      delta = memory[2 * tile..<2 * tile + queries.count]
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

  /// qkv: (B·T) × 3C; y: (B·T) × C; logSum: B·H·T.
  func forward(
    _ qkv: ProductMatrix, time: Int, into y: ProductMatrix, logSum: Vector, memory: Memory,
    source: DropoutSource?, team: ThreadTeam
  ) {
    switch (qkv, y, memory) {
    case (.single(let qkv), .single(let y), .single(let scratch)):
      forward(
        qkv, time: time, into: y, logSum: logSum, scratch: scratch, source: source, team: team)
    case (.half(let qkv), .half(let y), .half(let memory)):
      forward(
        qkv, time: time, into: y, logSum: logSum, memory: memory, source: source, team: team)
    default: preconditionFailure("attention's parts differ in precision")
    }
  }

  /// dqkv is overwritten. y and logSum as forward left them; dy: (B·T) × C.
  func backward(
    _ dy: ProductMatrix, qkv: ProductMatrix, time: Int, y: ProductMatrix, logSum: Vector,
    into dqkv: ProductMatrix, memory: Memory, source: DropoutSource?, team: ThreadTeam
  ) {
    switch (dy, qkv, y, dqkv, memory) {
    case (
      .single(let dy), .single(let qkv), .single(let y), .single(let dqkv), .single(let scratch)
    ):
      backward(
        dy, qkv: qkv, time: time, y: y, logSum: logSum, into: dqkv, scratch: scratch,
        source: source, team: team)
    case (.half(let dy), .half(let qkv), .half(let y), .half(let dqkv), .half(let memory)):
      backward(
        dy, qkv: qkv, time: time, y: y, logSum: logSum, into: dqkv, memory: memory,
        source: source, team: team)
    default: preconditionFailure("attention's parts differ in precision")
    }
  }

  private func forward(
    _ qkv: Matrix, time: Int, into y: Matrix, logSum: Vector, scratch: Matrix,
    source: DropoutSource?, team: ThreadTeam
  ) {
    let headTotal = qkv.rows / time * headCount
    let blocks = (time + Self.queryBlock - 1) / Self.queryBlock
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    let scale = scoreScale(width: qkv.columns / 3)
    team.run(headTotal * blocks) { task, thread in
      // Later blocks see more keys; the longest go first, so that none is left alone at the end.
      let block = blocks - 1 - task / headTotal
      let index = task % headTotal
      let queries = block * Self.queryBlock..<min(time, (block + 1) * Self.queryBlock)
      let head = Head(index, qkv, time: time, headCount: headCount)
      let scores = Scratch(scratch.row(thread), queries: queries, time: time).scores
      MatrixMultiply.multiply(
        .secondTransposed, head.query.rows(queries), head.key.rows(0..<queries.upperBound),
        into: scores)
      VectorMath.attentionSoftmax(
        scores, firstQuery: queries.lowerBound, scale: scale,
        logSum: logSum[index * time..<(index + 1) * time][queries],
        mask?.rows(from: index * time))
      MatrixMultiply.multiply(
        .plain, scores, head.value.rows(0..<queries.upperBound),
        into: head.part(of: y).rows(queries))
    }
  }

  private func backward(
    _ dy: Matrix, qkv: Matrix, time: Int, y: Matrix, logSum: Vector, into dqkv: Matrix,
    scratch: Matrix, source: DropoutSource?, team: ThreadTeam
  ) {
    let mask = dropout.mask(source, rowsPerSample: headCount * time)
    team.run(qkv.rows / time * headCount) { index, thread in
      let head = Head(index, qkv, time: time, headCount: headCount)
      let gradient = Head(index, dqkv, time: time, headCount: headCount)
      let logSums = logSum[index * time..<(index + 1) * time]
      var last = time
      // From the last block on, so that the first writes every key's gradient and the rest add.
      while last > 0 {
        let queries = (last - 1) / Self.queryBlock * Self.queryBlock..<last
        backward(
          queries, head, gradient, dy: head.part(of: dy).rows(queries),
          y: head.part(of: y).rows(queries), logSum: logSums[queries],
          scratch: Scratch(scratch.row(thread), queries: queries, time: time),
          mask: mask?.rows(from: index * time),
          scale: scoreScale(width: qkv.columns / 3), isFirst: last == time)
        last = queries.lowerBound
      }
    }
  }

  /// One block of queries of one head: with P the dropped weights and S the raw scores,
  /// dV += Pᵀ dY, dQ = dS K, dK += dSᵀ Q.
  private func backward(
    _ queries: Range<Int>, _ head: Head, _ gradient: Head, dy: Matrix, y: Matrix, logSum: Vector,
    scratch: Scratch, mask: DropoutMask?, scale: Float, isFirst: Bool
  ) {
    let seen = 0..<queries.upperBound
    let (scores, dScores) = (scratch.scores, scratch.dScores)
    let keys = head.key.rows(seen)
    MatrixMultiply.multiply(.secondTransposed, head.query.rows(queries), keys, into: scores)
    MatrixMultiply.multiply(.secondTransposed, dy, head.value.rows(seen), into: dScores)
    for row in 0..<dy.rows { scratch.delta[row] = VectorMath.dot(dy.row(row), y.row(row)) }
    VectorMath.attentionSoftmaxBackward(
      scores, gradient: dScores, firstQuery: queries.lowerBound, scale: scale, logSum: logSum,
      delta: scratch.delta, mask)
    MatrixMultiply.multiply(
      .firstTransposed, scores, dy, into: gradient.value.rows(seen), accumulate: !isFirst)
    MatrixMultiply.multiply(.plain, dScores, keys, into: gradient.query.rows(queries))
    MatrixMultiply.multiply(
      .firstTransposed, dScores, head.query.rows(queries), into: gradient.key.rows(seen),
      accumulate: !isFirst)
  }

  func scoreScale(width: Int) -> Float { 1 / Float(width / headCount).squareRoot() }
}
