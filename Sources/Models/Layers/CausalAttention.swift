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

  /// Operations of a forward pass over `rows` rows: the hidden half of the scores is not computed.
  /// A backward pass takes 2.5 times as many.
  func operations(rows: Int, _ qkv: ProductMatrix, time: Int) -> Double {
    2 * Double(rows) * Double(time) * Double(qkv.columns / 3)
  }

  /// Memory of the threads, one entry each.
  enum Memory {
    case single([SingleMemory])
    case half([HalfMemory])
  }

  /// qkv: (B·T) × 3C; y: (B·T) × C; logSum: B·H·T.
  func forward(
    _ qkv: ProductMatrix, time: Int, into y: ProductMatrix, logSum: Vector, memory: Memory,
    source: DropoutSource?, team: ThreadTeam
  ) {
    switch (qkv, y, memory) {
    case (.single(let qkv), .single(let y), .single(let memory)):
      forward(
        qkv, time: time, into: y, logSum: logSum, memory: memory, source: source, team: team)
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
      .single(let dy), .single(let qkv), .single(let y), .single(let dqkv), .single(let memory)
    ):
      backward(
        dy, qkv: qkv, time: time, y: y, logSum: logSum, into: dqkv, memory: memory,
        source: source, team: team)
    case (.half(let dy), .half(let qkv), .half(let y), .half(let dqkv), .half(let memory)):
      backward(
        dy, qkv: qkv, time: time, y: y, logSum: logSum, into: dqkv, memory: memory,
        source: source, team: team)
    default: preconditionFailure("attention's parts differ in precision")
    }
  }

  func scoreScale(width: Int) -> Float { 1 / Float(width / headCount).squareRoot() }
}
