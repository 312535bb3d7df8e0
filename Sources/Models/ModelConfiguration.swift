// What a model is: the numbers that fix its parameters and its arithmetic.

/// Hyperparameters of a GPT-2-style model.
package struct ModelConfiguration: Sendable, Equatable {
  /// Activation of the feed-forward layer.
  package enum Activation: String, Sendable, CaseIterable {
    /// GPT-2's tanh form of GELU.
    case geluTanh = "gelu_tanh"
    /// The exact GELU, by the error function.
    case geluErf = "gelu_erf"
    case relu
  }

  package var layerCount: Int
  package var headCount: Int
  package var embeddingWidth: Int
  /// Longest sequence: number of learned positions.
  package var contextLength: Int
  /// Rows of the token embedding.
  package var vocabularySize: Int
  /// Rows that stand for tokens; the rest is padding that never enters the softmax.
  package var usedVocabularySize: Int
  package var dropout: Float
  /// Whether linear layers and layer norms have biases.
  package var bias: Bool
  package var activation: Activation
  /// Whether the head shares the token embedding's weights.
  package var tiedEmbeddings: Bool
  /// Whether a head of its own has a bias; a tied head never has one.
  package var headBias: Bool

  package init(
    layerCount: Int, headCount: Int, embeddingWidth: Int, contextLength: Int, vocabularySize: Int,
    usedVocabularySize: Int? = nil, dropout: Float = 0, bias: Bool = true,
    activation: Activation = .geluTanh, tiedEmbeddings: Bool = true, headBias: Bool = false
  ) {
    self.layerCount = layerCount
    self.headCount = headCount
    self.embeddingWidth = embeddingWidth
    self.contextLength = contextLength
    self.vocabularySize = vocabularySize
    self.usedVocabularySize = usedVocabularySize ?? vocabularySize
    self.dropout = dropout
    self.bias = bias
    self.activation = activation
    self.tiedEmbeddings = tiedEmbeddings
    self.headBias = headBias
  }

  /// What is added to variances in layer norms: GPT-2's.
  package static let normEpsilon: Float = 1e-5

  /// Width of one attention head.
  package var headWidth: Int { embeddingWidth / headCount }
  /// Width of the feed-forward layer.
  package var hiddenWidth: Int { 4 * embeddingWidth }
}
