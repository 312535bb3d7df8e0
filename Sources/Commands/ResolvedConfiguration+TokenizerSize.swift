// How many tokens the tokenizer of a configuration has, without training.
import Text
import Training

extension ResolvedConfiguration {
  /// Tokens of a tokenizer whose size is fixed, or which can be made because the text is at hand;
  /// nothing is downloaded for it.
  /// - Throws: `CorpusError`, `TokenizerError` for a text that no run could use.
  func tokenizerSize(_ environment: [String: String]) throws -> Int? {
    let isPrepared = if case .prepared? = try? Dataset(values.data.dataset) { true } else { false }
    if !isPrepared,
      let size = TokenizerChoice(rawValue: values.tokenizer.kind)?.knownVocabularySize
    {
      return size
    }
    let offline = environment.merging([PublishedFile.offlineVariable: "1"]) { $1 }
    var preparation = RunTextPreparation(environment: offline)
    var settled = self
    let tokenizer = try preparation.makeTokenizer(&settled)
    return preparation.warning == nil ? tokenizer.vocabularySize : nil
  }
}
