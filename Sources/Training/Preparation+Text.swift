// The text of a run that is being prepared, and what the user should know of it.
import Models
import Reporting
import Text

extension Preparation {
  /// More are worth preparing.
  private static let manyTokens = 50_000_000

  /// The text and its tokens; says what took the place of what is out of reach, and what of the
  /// text is lost or takes much memory.
  static func text(
    _ configuration: inout ResolvedConfiguration, _ maker: RunTextPreparation,
    after earlier: EarlierRun?, _ notify: (RunBuilder.Notice) -> Void
  ) throws -> RunText {
    var preparation = maker
    let text: RunText
    do {
      text = try preparation.prepare(&configuration) { try earlier?.check($0, preparedBy: $1) }
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
    try settleVocabulary(
      &configuration, text.tokenizer.vocabularySize, isCheckedLater: earlier != nil)
    return text
  }

  /// A vocabulary that follows the tokenizer becomes a number; one that is set must hold all tokens.
  /// - Parameter isCheckedLater: whether one that does not will be refused for its tokenizer.
  private static func settleVocabulary(
    _ configuration: inout ResolvedConfiguration, _ tokenCount: Int, isCheckedLater: Bool
  ) throws {
    guard let size = configuration.values.model.vocabularySize else {
      configuration.values.model.vocabularySize = tokenCount
      return
    }
    if size < tokenCount && !isCheckedLater {
      throw ConfigurationError.faults([
        .init(
          place: configuration.source(of: "model.vocab_size").description,
          message: "model.vocab_size: \(size) rows do not hold the tokenizer's \(tokenCount) "
            + "tokens; set at least that, or null")
      ])
    }
  }
}
