// Reading everything again for each token: what the cache is measured against.
import Tensors

/// Decoding by the model's own forward pass.
package final class UncachedDecoding: DecodingState {
  private let model: GPT
  package private(set) var tokens: [Int32] = []

  package init(_ model: GPT) { self.model = model }

  package var contextLength: Int { model.configuration.contextLength }
  package var vocabularySize: Int { model.configuration.usedVocabularySize }

  package func keep(first count: Int) { tokens.removeSubrange(count...) }

  package func logits(reading tokens: [Int32]) -> Matrix {
    self.tokens += tokens
    let all = model.logits(TokenBatch(context: self.tokens))
    return all.rows(all.rows - tokens.count..<all.rows)
  }

  package func nextLogits(reading tokens: [Int32]) -> Vector {
    self.tokens += tokens
    return model.nextTokenLogits(self.tokens)
  }
}
