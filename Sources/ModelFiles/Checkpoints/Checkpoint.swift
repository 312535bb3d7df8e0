// What a checkpoint holds: everything that a run needs to go on as if it had never stopped.
import Tensors

/// How far a run has come.
package struct TrainingProgress: Sendable, Equatable, Codable {
  /// The best evaluation so far.
  package struct Best: Sendable, Equatable, Codable {
    /// Mean loss over the validation data, in nats per token.
    package var loss: Double
    package var step: Int

    package init(loss: Double, step: Int) {
      self.loss = loss
      self.step = step
    }
  }

  /// Updates done.
  package var step: Int
  /// Tokens trained on, over all ranks.
  package var tokens: Int
  package var seed: UInt64
  /// Nil before the first evaluation.
  package var best: Best?
  /// What the log's next row has to tell of the steps so far.
  package var unreported = Unreported()
  /// Whether the evaluation that is due at `step` is still to come.
  package var owesEvaluation = false

  /// The loss of the steps since the log's last row.
  package struct Unreported: Sendable, Equatable, Codable {
    /// Σ of the token losses, in nats.
    package var lossTotal: Double
    package var tokenCount: Int

    package init(lossTotal: Double = 0, tokenCount: Int = 0) {
      self.lossTotal = lossTotal
      self.tokenCount = tokenCount
    }
  }

  package init(step: Int, tokens: Int, seed: UInt64, best: Best? = nil) {
    self.step = step
    self.tokens = tokens
    self.seed = seed
    self.best = best
  }
}

/// The complete state of a run. Nothing in it depends on the number of ranks, the host or the time.
package struct Checkpoint: Sendable {
  package var layout: ParameterLayout
  /// The three flat buffers of `layout.bufferCount` floats; they are shared, not copied.
  package var parameters: FloatBuffer
  /// Adam's running means of the gradients and of their squares; nil for a model that no run here
  /// has trained.
  package var firstMoments: FloatBuffer?
  package var secondMoments: FloatBuffer?
  package var progress: TrainingProgress
  /// JSON texts: the resolved configuration, the tokenizer, where the run comes from.
  package var configuration: String
  package var tokenizer: String
  package var provenance: String

  package init(
    layout: ParameterLayout, parameters: FloatBuffer, firstMoments: FloatBuffer?,
    secondMoments: FloatBuffer?, progress: TrainingProgress, configuration: String,
    tokenizer: String, provenance: String
  ) {
    precondition(
      (firstMoments == nil) == (secondMoments == nil), "one moment without the other")
    for buffer in [parameters, firstMoments, secondMoments].compactMap({ $0 }) {
      precondition(
        buffer.count == layout.bufferCount,
        "a buffer of \(buffer.count) floats does not hold a layout of \(layout.bufferCount)")
    }
    self.layout = layout
    self.parameters = parameters
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
    self.progress = progress
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.provenance = provenance
  }
}
