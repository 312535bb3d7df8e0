// The activations of tokens that are read together.
import Tensors

// Legend: n tokens, C embedding width.

/// Memory for up to n tokens, used by one layer after the other.
struct DecodingMemory {
  /// Residual stream, n × C.
  let stream: Matrix
  let normalized: Matrix
  let mean: Vector
  let rstd: Vector
  /// n × 3C, each row queries | keys | values.
  let qkv: Matrix
  let attended: Matrix
  let projected: Matrix
  /// n × 4C.
  let hidden: Matrix

  init(_ configuration: ModelConfiguration, rows: Int) {
    let width = configuration.embeddingWidth
    stream = .zeros(rows, width)
    normalized = .zeros(rows, width)
    mean = .zeros(rows)
    rstd = .zeros(rows)
    qkv = .zeros(rows, 3 * width)
    attended = .zeros(rows, width)
    projected = .zeros(rows, width)
    hidden = .zeros(rows, configuration.hiddenWidth)
  }

  /// The part of this memory for the first `count` tokens.
  func first(_ count: Int) -> DecodingMemory { DecodingMemory(self, count) }

  private init(_ whole: DecodingMemory, _ count: Int) {
    stream = whole.stream.rows(0..<count)
    normalized = whole.normalized.rows(0..<count)
    mean = whole.mean[0..<count]
    rstd = whole.rstd[0..<count]
    qkv = whole.qkv.rows(0..<count)
    attended = whole.attended.rows(0..<count)
    projected = whole.projected.rows(0..<count)
    hidden = whole.hidden.rows(0..<count)
  }
}
