// The text of a run that is being prepared, and what the user should know of it.
import Models
import Reporting
import Text

extension Preparation {
  /// More are worth preparing.
  private static let manyTokens = 50_000_000

  /// The text and its tokens; says what took the place of what is out of reach, and what of the
  /// text is lost or takes much memory.
  /// - Throws: `CorpusError`, `TokenizerError`, `ConfigurationError`
  static func text(
    _ configuration: inout ResolvedConfiguration, _ maker: RunTextPreparation,
    after earlier: EarlierRun?, _ notify: (RunBuilder.Notice) -> Void
  ) throws -> RunText {
    var preparation = maker
    let asked = configuration
    let text: RunText
    do {
      text = try preparation.prepare(&configuration) {
        try earlier?.check($0, preparedBy: $1, for: asked)
      }
    } catch {
      if let warning = preparation.warning { notify(.warning(warning)) }
      throw error
    }
    if let warning = preparation.warning { notify(.warning(warning)) }
    if text.training.file == nil && text.training.count > manyTokens {
      notify(
        .information(
          "every rank keeps these \(NumberText.grouped(text.training.count)) tokens in memory; "
            + "trainer data prepare makes a folder that is mapped instead"))
    }
    if let share = try text.training.unknownShare(text.tokenizer), share > 0 {
      notify(
        .information(
          "\(NumberText.fixed(100 * share, 1)) % of the training tokens stand for words that the "
            + "tokenizer does not know"))
    }
    // Another tokenizer than the earlier run's is told as such.
    try configuration.settleVocabulary(
      text.tokenizer.vocabularySize, isCheckedLater: earlier != nil)
    return text
  }
}
