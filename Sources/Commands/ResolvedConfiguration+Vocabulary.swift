// How many tokens a configuration's model tells apart, where that can be known without training.
import Text
import Training

extension ResolvedConfiguration {
  /// Of the configuration, of a tokenizer whose size is fixed, or of the text if it is at hand.
  /// - Throws: `CorpusError`, `TokenizerError` for a text that no run could use.
  func vocabularySize(_ environment: [String: String]) throws -> Int? {
    if let size = values.model.vocabularySize { return size }
    let isPrepared = if case .prepared? = try? Dataset(values.data.dataset) { true } else { false }
    if !isPrepared,
      let size = TokenizerChoice(rawValue: values.tokenizer.kind)?.knownVocabularySize
    {
      return size
    }
    // Showing a configuration must not wait for a network.
    let offline = environment.merging([PublishedFile.offlineVariable: "1"]) { $1 }
    var preparation = RunTextPreparation(environment: offline)
    var settled = self
    let text = try preparation.prepare(&settled)
    return preparation.warning == nil ? text.tokenizer.vocabularySize : nil
  }
}
