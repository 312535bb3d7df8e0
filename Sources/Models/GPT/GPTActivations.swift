// The activations of a GPT: planned once for a batch shape, reused every step.
import Tensors

// Legend: B sequences, T tokens each, C embedding width, H heads, V vocabulary.

/// Memory for one batch shape. What backward needs is kept for every layer; a model that only
/// predicts uses one layer's memory for all.
struct GPTActivations {
  /// What one block keeps for its backward pass.
  struct Block {
    /// Input of the block, (B·T) × C.
    let input: Matrix
    let normalized1: Matrix
    let mean1: Vector
    let rstd1: Vector
    /// (B·T) × 3C.
    let qkv: Matrix
    /// Attention before its projection, (B·T) × C.
    let attended: Matrix
    /// log Σ exp of every query's scores, B·H·T.
    let logSum: Vector
    /// Residual stream between attention and feed-forward, (B·T) × C.
    let middle: Matrix
    let normalized2: Matrix
    let mean2: Vector
    let rstd2: Vector
    /// Feed-forward before and after the activation, (B·T) × 4C.
    let hidden: Matrix
    let activated: Matrix
    /// Output of the block: the next one's input.
    let output: Matrix
  }

  /// Scratch of the backward pass, shared by all layers.
  struct Gradients {
    /// Gradient of the residual stream, (B·T) × C.
    let stream: Matrix
    let branch: Matrix
    let normalized: Matrix
    let qkv: Matrix
    let hidden: Matrix
  }

  let rows: Int
  let columns: Int
  let blocks: [Block]
  /// Output of the last norm, (B·T) × C.
  let final: Matrix
  let finalMean: Vector
  let finalRstd: Vector
  /// Loss of every token, B·T.
  let losses: Vector
  /// Projections before they are added to the residual stream, (B·T) × C.
  let projected: Matrix
  /// Some rows of logits.
  let logitTile: Matrix
  /// One row a thread.
  let attentionScratch: Matrix
  let gradients: Gradients?

  /// - Parameter training: whether a backward pass will follow.
  init(
    _ configuration: ModelConfiguration, rows: Int, columns: Int, training: Bool, threadCount: Int
  ) {
    self.rows = rows
    self.columns = columns
    let tokens = rows * columns
    let width = configuration.embeddingWidth
    var plan = MemoryPlan()

    let keptLayers = training ? configuration.layerCount : 1
    let streams = (0...keptLayers).map { _ in plan.reserve(tokens, width) }
    let layers = (0..<keptLayers).map { _ in
      (
        normalized1: plan.reserve(tokens, width), statistics: plan.reserve(4, tokens),
        qkv: plan.reserve(tokens, 3 * width), attended: plan.reserve(tokens, width),
        logSum: plan.reserve(tokens * configuration.headCount),
        middle: plan.reserve(tokens, width), normalized2: plan.reserve(tokens, width),
        hidden: plan.reserve(tokens, configuration.hiddenWidth),
        activated: plan.reserve(tokens, configuration.hiddenWidth)
      )
    }
    let final = plan.reserve(tokens, width)
    let finalStatistics = plan.reserve(2, tokens)
    let losses = plan.reserve(tokens)
    let projected = plan.reserve(tokens, width)
    let vocabulary = configuration.usedVocabularySize
    let paddedVocabulary =
      (vocabulary + ParameterLayout.alignment - 1) / ParameterLayout.alignment
      * ParameterLayout.alignment
    let tile = plan.reserve(
      LanguageHead.tileRows(rows: tokens, vocabularySize: vocabulary), paddedVocabulary)
    let scratch = plan.reserve(threadCount, CausalAttention.scratchCount(time: columns))
    let backward =
      training
      ? (
        stream: plan.reserve(tokens, width), branch: plan.reserve(tokens, width),
        normalized: plan.reserve(tokens, width), qkv: plan.reserve(tokens, 3 * width),
        hidden: plan.reserve(tokens, configuration.hiddenWidth)
      ) : nil

    let workspace = Workspace(plan)
    blocks = (0..<configuration.layerCount).map { layer in
      let regions = layers[layer % keptLayers]
      let statistics = workspace.matrix(regions.statistics)
      return Block(
        input: workspace.matrix(streams[layer % keptLayers]),
        normalized1: workspace.matrix(regions.normalized1),
        mean1: statistics.row(0), rstd1: statistics.row(1), qkv: workspace.matrix(regions.qkv),
        attended: workspace.matrix(regions.attended), logSum: workspace.vector(regions.logSum),
        middle: workspace.matrix(regions.middle),
        normalized2: workspace.matrix(regions.normalized2),
        mean2: statistics.row(2), rstd2: statistics.row(3),
        hidden: workspace.matrix(regions.hidden), activated: workspace.matrix(regions.activated),
        output: workspace.matrix(training ? streams[layer + 1] : streams[0]))
    }
    self.final = workspace.matrix(final)
    finalMean = workspace.matrix(finalStatistics).row(0)
    finalRstd = workspace.matrix(finalStatistics).row(1)
    self.losses = workspace.vector(losses)
    self.projected = workspace.matrix(projected)
    logitTile = workspace.matrix(tile)
    attentionScratch = workspace.matrix(scratch)
    gradients = backward.map {
      Gradients(
        stream: workspace.matrix($0.stream), branch: workspace.matrix($0.branch),
        normalized: workspace.matrix($0.normalized), qkv: workspace.matrix($0.qkv),
        hidden: workspace.matrix($0.hidden))
    }
  }

  /// Whether this memory serves a batch of that shape.
  func fits(rows: Int, columns: Int, training: Bool) -> Bool {
    self.rows == rows && self.columns == columns && (gradients != nil || !training)
  }
}
