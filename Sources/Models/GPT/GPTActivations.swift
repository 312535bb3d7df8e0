// The activations of a GPT: planned once for a batch shape, reused every step.
import Tensors

// Legend: B sequences, T tokens each, C embedding width, H heads, V vocabulary.

/// Memory for one batch shape. What backward needs is kept for every layer unless it is to be
/// computed again; a model that only predicts uses one layer's memory for all. What enters
/// products is in their precision.
struct GPTActivations {
  /// What one block keeps for its backward pass.
  struct Block {
    /// Input of the block, (B·T) × C.
    let input: Matrix
    let normalized1: ProductMatrix
    let mean1: Vector
    let rstd1: Vector
    /// (B·T) × 3C.
    let qkv: ProductMatrix
    /// Attention before its projection, (B·T) × C.
    let attended: ProductMatrix
    /// log Σ exp of every query's scores, B·H·T.
    let logSum: Vector
    /// Residual stream between attention and feed-forward, (B·T) × C.
    let middle: Matrix
    let normalized2: ProductMatrix
    let mean2: Vector
    let rstd2: Vector
    /// Feed-forward before and after the activation, (B·T) × 4C.
    let hidden: ProductMatrix
    let activated: ProductMatrix
    /// Output of the block: the next one's input.
    let output: Matrix
  }

  /// Scratch of the backward pass, shared by all layers.
  struct Gradients {
    /// Gradient of the residual stream, (B·T) × C.
    let stream: Matrix
    let branch: ProductMatrix
    let normalized: Matrix
    let attended: ProductMatrix
    let qkv: ProductMatrix
    let hidden: ProductMatrix
  }

  let rows: Int
  let columns: Int
  let byteCount: Int
  let blocks: [Block]
  /// Output of the last norm, (B·T) × C.
  let final: ProductMatrix
  let finalMean: Vector
  let finalRstd: Vector
  /// Loss of every token, B·T.
  let losses: Vector
  /// Projections before they are added to the residual stream, (B·T) × C; in half precision they
  /// are added piece by piece and never stand anywhere as a whole.
  let projected: ProductMatrix?
  let scratch: ProductScratch
  let attention: CausalAttention.Memory
  let head: LanguageHead.Memory
  let gradients: Gradients?

  /// Whether this memory serves a batch of that shape.
  func fits(rows: Int, columns: Int, training: Bool) -> Bool {
    self.rows == rows && self.columns == columns && (gradients != nil || !training)
  }
}
