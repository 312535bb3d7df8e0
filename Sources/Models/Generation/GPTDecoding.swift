// A GPT that reads token by token and keeps what attention needs of the past.
import Tensors

// Legend: n tokens read together, T positions, C embedding width, V used vocabulary.

/// Decoding with a key-value cache: a token costs one pass over the weights, whatever has been read
/// before it (Pope et al., "Efficiently Scaling Transformer Inference", 2023).
package final class GPTDecoding: DecodingState {
  package private(set) var tokens: [Int32] = []
  private let weights: GPTWeights
  private let team: ThreadTeam
  private let caches: [KeyValueCache]
  private let activation: VectorMath.Activation
  /// For one token, and for as many as are read together.
  private lazy var single = DecodingMemory(weights.configuration, rows: 1)
  private lazy var several = DecodingMemory(weights.configuration, rows: Self.rowsTogether)
  /// A row a thread.
  private let scores: Matrix
  private let scratch: Matrix
  private let next: Vector

  /// Enough for the weights to be read seldom, few enough for the cache.
  private static let rowsTogether = 128

  package init(_ weights: GPTWeights, team: ThreadTeam) {
    let configuration = weights.configuration
    self.weights = weights
    self.team = team
    caches = (0..<configuration.layerCount).map { _ in
      KeyValueCache(
        headCount: configuration.headCount, headWidth: configuration.headWidth,
        contextLength: configuration.contextLength)
    }
    activation = configuration.activation.kernel
    scores = .zeros(
      team.threadCount, KeyValueCache.scoreCount(contextLength: configuration.contextLength))
    scratch = .zeros(
      team.threadCount, WeightMatrix.scratchCount(columns: configuration.hiddenWidth))
    next = .zeros(configuration.usedVocabularySize)
  }

  package convenience init(_ model: GPT, format: TensorFormat = .f32, team: ThreadTeam) {
    self.init(GPTWeights(model, format: format, team: team), team: team)
  }

  package var contextLength: Int { weights.configuration.contextLength }
  package var vocabularySize: Int { weights.configuration.usedVocabularySize }

  package func keep(first count: Int) { tokens.removeSubrange(count...) }

  package func nextLogits(reading tokens: [Int32]) -> Vector {
    forEachPart(of: tokens) { part, memory in
      let final = read(tokens[part], memory)
      if part.upperBound == tokens.count {
        let last = final.rows(part.count - 1..<part.count)
        apply(weights.head, last, into: Matrix(next, rows: 1, columns: next.count))
      }
    }
    return next
  }

  package func logits(reading tokens: [Int32]) -> Matrix {
    let logits = Matrix.zeros(tokens.count, vocabularySize)
    forEachPart(of: tokens) { part, memory in
      apply(weights.head, read(tokens[part], memory), into: logits.rows(part))
    }
    return logits
  }

  private func forEachPart(
    of tokens: [Int32], _ body: (_ part: Range<Int>, _ memory: DecodingMemory) -> Void
  ) {
    precondition(!tokens.isEmpty, "there is nothing to read")
    precondition(
      self.tokens.count + tokens.count <= contextLength,
      "\(self.tokens.count) and \(tokens.count) tokens in a context of \(contextLength)")
    for first in stride(from: 0, to: tokens.count, by: Self.rowsTogether) {
      let part = first..<min(tokens.count, first + Self.rowsTogether)
      body(part, part.count == 1 ? single : several)
    }
  }

  /// Reads at most `rowsTogether` tokens; returns the last norm's output, n × C.
  private func read(_ part: ArraySlice<Int32>, _ memory: DecodingMemory) -> Matrix {
    let memory = memory.first(part.count)
    let past = tokens.count
    for (row, token) in part.enumerated() {
      weights.tokenEmbedding.copyRow(Int(token), into: memory.stream.row(row))
      weights.positionEmbedding.copyRow(past + row, into: memory.normalized.row(row))
    }
    VectorMath.add(memory.normalized.vector, to: memory.stream.vector)
    for (block, cache) in zip(weights.blocks, caches) {
      normalize(block.norm1, memory)
      apply(block.projectIn, memory.normalized, into: memory.qkv)
      attend(cache, past: past, memory)
      apply(block.projectOut, memory.attended, into: memory.projected)
      VectorMath.add(memory.projected.vector, to: memory.stream.vector)
      normalize(block.norm2, memory)
      apply(block.up, memory.normalized, into: memory.hidden) { [activation] part in
        VectorMath.activate(part, into: part, activation)
      }
      apply(block.down, memory.hidden, into: memory.projected)
      VectorMath.add(memory.projected.vector, to: memory.stream.vector)
    }
    normalize(weights.finalNorm, memory)
    tokens += part
    return memory.normalized
  }

  private func normalize(_ norm: GPTWeights.Norm, _ memory: DecodingMemory) {
    VectorMath.layerNorm(
      memory.stream, weight: norm.weight, bias: norm.bias, into: memory.normalized,
      mean: memory.mean, rstd: memory.rstd, epsilon: LayerNorm.epsilon)
  }

  /// y = x Wᵀ + b; `finish` is called with every part of a row of y while it is in a cache.
  private func apply(
    _ linear: GPTWeights.Linear, _ x: Matrix, into y: Matrix, finish: (Vector) -> Void = { _ in }
  ) {
    let weight = linear.weight
    let share = (weight.rows + 2 * team.threadCount - 1) / (2 * team.threadCount)
    let least = max(16, Self.leastWork / (weight.columns * min(x.rows, 8)))
    let length = (max(least, x.rows == 1 ? 0 : share) + 15) / 16 * 16
    team.runPieces(weight.rows, length: length) { rows, thread in
      weight.multiply(x, rows: rows, into: y, scratch: scratch.row(thread))
      for row in 0..<y.rows {
        let part = y.row(row)[rows]
        if let bias = linear.bias { VectorMath.add(bias[rows], to: part) }
        finish(part)
      }
    }
  }

  /// Weights that are worth a thread's attention.
  private static let leastWork = 32_768

  private func attend(_ cache: KeyValueCache, past: Int, _ memory: DecodingMemory) {
    let width = cache.headWidth
    let stride = cache.headCount * width
    let (count, queries) = (memory.qkv.rows, Self.queriesTogether)
    for row in 0..<count {
      let qkv = memory.qkv.row(row)
      for head in 0..<cache.headCount {
        let key = stride + head * width
        cache.store(
          head: head, position: past + row, key: qkv[key..<key + width],
          value: qkv[key + stride..<key + stride + width])
      }
    }
    let pieces = (count + queries - 1) / queries
    team.run(cache.headCount * pieces) { task, thread in
      let (piece, head) = task.quotientAndRemainder(dividingBy: cache.headCount)
      let columns = head * width..<(head + 1) * width
      for row in piece * queries..<min(count, (piece + 1) * queries) {
        cache.attend(
          head: head, count: past + row + 1, query: memory.qkv.row(row)[columns],
          into: memory.attended.row(row)[columns], scores: scores.row(thread))
      }
    }
  }

  /// Queries of one task.
  private static let queriesTogether = 8
}
