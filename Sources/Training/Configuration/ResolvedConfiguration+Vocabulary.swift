// How many tokens a model has room for, once its tokenizer is known.

extension ResolvedConfiguration {
  /// A vocabulary that follows the tokenizer becomes a number; one that is set must hold all tokens.
  /// - Parameter isCheckedLater: whether one that does not will be refused for its tokenizer.
  /// - Throws: `ConfigurationError.faults`
  package mutating func settleVocabulary(
    _ tokenCount: Int, isCheckedLater: Bool = false
  ) throws(ConfigurationError) {
    guard let size = values.model.vocabularySize else {
      values.model.vocabularySize = tokenCount
      return
    }
    if size < tokenCount && !isCheckedLater {
      throw .faults([
        .init(
          place: source(of: "model.vocab_size").description,
          message: "model.vocab_size: \(size) rows do not hold the tokenizer's \(tokenCount) "
            + "tokens; set at least that, or null")
      ])
    }
  }
}
