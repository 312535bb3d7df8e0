// GPT-2: embeddings, pre-norm blocks, a last norm and a head; forward beside its hand-written
// backward. Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
import Tensors

/// A GPT over flat buffers of parameters and gradients.
package final class GPT: LanguageModel {
  package let configuration: ModelConfiguration
  package let layout: ParameterLayout
  package let parameters: FloatBuffer
  package let gradients: FloatBuffer?

  /// What the model multiplies in.
  package let precision: ProductPrecision
  private let recompute: Recompute

  private let team: ThreadTeam
  private let packedWeights: PackedWeights?
  /// Whether the packed weights are those of other parameters.
  private var needsPacking = true
  private let embedding: Embedding
  private let embeddingDropout: Dropout
  private let blocks: [Block]
  private let finalNorm: LayerNorm
  private let head: LanguageHead
  private var activations: GPTActivations?

  /// A model over memory of its own.
  /// - Parameter trainable: whether gradients will be asked for; they take as much memory as the
  ///   parameters.
  package convenience init(
    _ configuration: ModelConfiguration, precision: ProductPrecision = .single,
    recompute: Recompute = .none, trainable: Bool, team: ThreadTeam
  ) {
    let count = ParameterLayout.gpt(configuration).bufferCount
    self.init(
      configuration, precision: precision, recompute: recompute,
      parameters: FloatBuffer(count: count), gradients: trainable ? FloatBuffer(count: count) : nil,
      team: team)
  }

  /// A model over flat buffers that others may share.
  package init(
    _ configuration: ModelConfiguration, precision: ProductPrecision = .single,
    recompute: Recompute = .none, parameters: FloatBuffer, gradients: FloatBuffer?,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.precision = precision
    self.recompute = recompute
    self.team = team
    layout = .gpt(configuration)
    precondition(
      parameters.count == layout.bufferCount
        && gradients?.count ?? layout.bufferCount == layout.bufferCount, "another model's buffers")
    self.parameters = parameters
    self.gradients = gradients
    packedWeights =
      precision == .half
      ? PackedWeights(
        layout, parameters: parameters, usedVocabularySize: configuration.usedVocabularySize,
        isTied: configuration.tiedEmbeddings) : nil
    let views = ParameterViews(
      layout: layout, parameters: parameters, gradients: gradients, packedWeights: packedWeights)
    embedding = Embedding(views)
    embeddingDropout = Dropout(probability: configuration.dropout, site: 0)
    blocks = (0..<configuration.layerCount).map { Block(views, layer: $0, configuration) }
    finalNorm = LayerNorm(views, "ln_f")
    head = LanguageHead(views, configuration)
  }

  /// Bytes of the packed weights, and of the activations of the last batch's shape.
  package var packedByteCount: Int { packedWeights?.byteCount ?? 0 }
  package var activationByteCount: Int { activations?.byteCount ?? 0 }

  package func parametersDidChange() { needsPacking = true }

  package func accumulateGradients(_ batch: TokenBatch, dropout: DropoutSource?) -> LossSum {
    let memory = prepare(batch.rows, batch.columns, training: true)
    forward(batch, memory, dropout)
    return backward(batch, memory, dropout)
  }

  package func evaluate(_ batch: TokenBatch) -> LossSum { sum(computeLosses(batch), batch) }

  /// The loss of every target, in nats; 0 for ignored ones.
  package func losses(_ batch: TokenBatch) -> [Float] { computeLosses(batch).array }

  private func computeLosses(_ batch: TokenBatch) -> Vector {
    let memory = prepare(batch.rows, batch.columns, training: false)
    forward(batch, memory, nil)
    head.losses(
      memory.final, targets: batch.targets, into: memory.losses, memory.head, memory.scratch,
      team: team)
    return memory.losses
  }

  package func nextTokenLogits(_ tokens: [Int32]) -> Vector {
    let batch = TokenBatch(context: tokens)
    let memory = prepare(1, tokens.count, training: false)
    forward(batch, memory, nil)
    let logits = Matrix.zeros(1, configuration.usedVocabularySize)
    head.logits(
      memory.final.rows(tokens.count - 1..<tokens.count), into: logits, memory.head, team: team)
    return logits.vector
  }

  /// Logits of every position, (B·T) × used vocabulary: for comparisons, not for training.
  package func logits(_ batch: TokenBatch) -> Matrix {
    let memory = prepare(batch.rows, batch.columns, training: false)
    forward(batch, memory, nil)
    let logits = Matrix.zeros(memory.final.rows, configuration.usedVocabularySize)
    head.logits(memory.final, into: logits, memory.head, team: team)
    return logits
  }

  /// Queries, keys and values of a layer that has read `tokens`, T × 3C. They stay valid until the
  /// model computes again.
  func attentionInput(_ tokens: [Int32], layer: Int) -> ProductMatrix {
    let memory = prepare(1, tokens.count, training: false)
    forward(TokenBatch(context: tokens), memory, nil, layers: layer + 1)
    return memory.blocks[layer].qkv
  }

  /// Memory for a batch shape: the present one where it fits, so that a step allocates nothing.
  private func prepare(_ rows: Int, _ columns: Int, training: Bool) -> GPTActivations {
    precondition(
      columns >= 1 && columns <= configuration.contextLength,
      "\(columns) tokens in a context of \(configuration.contextLength)")
    if let activations, activations.fits(rows: rows, columns: columns, training: training) {
      return activations
    }
    activations = nil
    let planned = GPTActivations(
      configuration, precision, training ? recompute : .none, rows: rows, columns: columns,
      training: training,
      threadCount: team.threadCount)
    activations = planned
    return planned
  }

  /// - Parameter layers: how many of them; nil for all.
  private func forward(
    _ batch: TokenBatch, _ memory: GPTActivations, _ dropout: DropoutSource?, layers: Int? = nil
  ) {
    if needsPacking { packedWeights?.pack(team: team) }
    needsPacking = false
    let first = memory.blocks[0].input
    team.clock.measure(.embedding) {
      embedding.forward(batch, into: first, team: team)
      if let mask = embeddingDropout.mask(dropout, rowsPerSample: batch.columns) {
        Dropout.apply(mask, to: first, into: first, team: team)
      }
    }
    for (block, kept) in zip(blocks, memory.blocks).prefix(layers ?? blocks.count) {
      block.forward(kept, memory, source: dropout, team: team)
    }
    guard layers == nil else { return }
    team.clock.measure(.norms) {
      finalNorm.forward(
        memory.blocks[blocks.count - 1].output, into: memory.final, mean: memory.finalMean,
        rstd: memory.finalRstd, memory.scratch, team: team)
    }
  }

  private func backward(_ batch: TokenBatch, _ memory: GPTActivations, _ dropout: DropoutSource?)
    -> LossSum
  {
    guard let gradients = memory.gradients else {
      preconditionFailure("activations were planned without a backward pass")
    }
    team.clock.measure(.head, operations: 3 * head.operations(rows: memory.losses.count)) {
      head.backward(
        memory.final, targets: batch.targets, into: memory.losses, dx: gradients.normalized,
        memory.head, memory.scratch, team: team)
    }
    team.clock.measure(.norms) {
      VectorMath.fill(gradients.stream.vector, 0, team: team)
      finalNorm.backward(
        gradients.normalized, x: memory.blocks[blocks.count - 1].output, mean: memory.finalMean,
        rstd: memory.finalRstd, addingTo: gradients.stream, memory.scratch,
        team: team)
    }
    for (layer, (block, kept)) in zip(blocks, memory.blocks).enumerated().reversed() {
      // The last block's memory still holds its own.
      if layer < blocks.count - 1 {
        block.recompute(recompute, kept, memory, source: dropout, team: team)
      }
      block.backward(kept, memory, gradients, source: dropout, team: team)
    }
    team.clock.measure(.embedding) {
      if let mask = embeddingDropout.mask(dropout, rowsPerSample: batch.columns) {
        Dropout.apply(mask, to: gradients.stream, into: gradients.stream, team: team)
      }
      embedding.backward(gradients.stream, batch, team: team)
    }
    return sum(memory.losses, batch)
  }

  private func sum(_ losses: Vector, _ batch: TokenBatch) -> LossSum {
    var total = 0.0
    for index in 0..<losses.count { total += Double(losses[index]) }
    return LossSum(total: total, tokenCount: batch.targetCount)
  }
}
