// How large a model is, and how much arithmetic a token costs.
import Tensors

package struct ModelSize: Sendable, Equatable {
  /// Parameters; a tied head is counted once.
  package let parameterCount: Int
  /// Floating-point operations of one training step per token: forward and backward, without the
  /// optimizer. A multiplication and an addition count as two; the half of attention that the
  /// causal mask hides does not count.
  package let operationsPerToken: Double

  package init(_ configuration: ModelConfiguration) {
    parameterCount = ParameterLayout.gpt(configuration).parameterCount
    let width = Double(configuration.embeddingWidth)
    let layers = Double(configuration.layerCount)
    let products = 12 * width * width * layers + width * Double(configuration.usedVocabularySize)
    let attention = layers * width * Double(configuration.contextLength)
    operationsPerToken = 6 * (products + attention)
  }
}
