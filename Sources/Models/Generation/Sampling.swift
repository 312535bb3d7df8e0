// Choosing the next token from logits.
import Tensors

/// Repetition penalty, temperature, top-k, top-p, min-p, then a draw: the order of Hugging Face.
package struct Sampling: Sendable, Equatable {
  /// 0 takes the most likely token always.
  package var temperature: Double
  /// Only the k most likely tokens stay; nil keeps all.
  package var topK: Int?
  /// Only the most likely tokens whose probabilities first reach p stay (Holtzman et al., "The
  /// Curious Case of Neural Text Degeneration", 2020); 1 keeps all.
  package var topP: Double
  /// Only tokens at least this fraction as likely as the most likely one stay (Nguyen et al.,
  /// "Turning Up the Heat: Min-p Sampling", 2024); 0 keeps all.
  package var minP: Double
  /// Logits of tokens that stand in the text are divided by it where positive and multiplied where
  /// negative (Keskar et al., "CTRL", 2019); 1 changes nothing.
  package var repetitionPenalty: Double

  package init(
    temperature: Double = 1, topK: Int? = nil, topP: Double = 1, minP: Double = 0,
    repetitionPenalty: Double = 1
  ) {
    precondition(
      temperature >= 0 && topP > 0 && topP <= 1 && topK ?? 1 >= 1 && minP >= 0 && minP <= 1
        && repetitionPenalty > 0)
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
  }
}
