// Which tokenizer a text gets: one that is there already, or one made from the text.
import FoundationEssentials
import Text

/// What the user says about the tokenizer.
package struct TokenizerOrder: Sendable, Equatable {
  package var choice: TokenizerChoice
  /// A tokenizer's file or folder; for GPT-2 nil for the cache.
  package var path: String?
  package var vocabularySize: Int?
  package var minimumFrequency: Int?
  package var commonWords = false

  package init(choice: TokenizerChoice, path: String? = nil) {
    self.choice = choice
    self.path = path
  }

  package init(_ configuration: RunConfiguration.Tokenizer) {
    choice = TokenizerChoice(rawValue: configuration.kind) ?? .character
    path = configuration.path
    vocabularySize = configuration.vocabularySize
    minimumFrequency = configuration.minimumFrequency
    commonWords = configuration.commonWords
  }

  /// The tokenizer that is there already; nil for one that is to be made from the text.
  /// - Throws: `TokenizerError`; `CorpusError.unavailable` where GPT-2's files cannot be had.
  package func loaded(environment: [String: String]) throws -> (any Tokenizer)? {
    if let path {
      let tokenizer = try TokenizerSource.load(path)
      let wanted = choice.kind
      guard tokenizer.kind == wanted else {
        throw CorpusError.otherTokenizer(
          path: path,
          reason: "a tokenizer of kind \(tokenizer.kind.rawValue), but tokenizer.kind is "
            + choice.rawValue)
      }
      return tokenizer
    }
    guard choice == .gpt2 else { return nil }
    let merges = try PublishedFile.gpt2Merges.locate(environment: environment)
    let vocabulary = try PublishedFile.gpt2Vocabulary.locate(environment: environment)
    return try BytePairTokenizer(
      merges: merges.bytes, mergesPath: merges.path, vocabulary: vocabulary.bytes,
      vocabularyPath: vocabulary.path)
  }

  /// What a tokenizer is made with.
  package var settings: TokenizerSettings {
    var settings = TokenizerSettings(kind: choice.kind, vocabularySize: vocabularySize)
    if let minimumFrequency { settings.minimumFrequency = minimumFrequency }
    settings.commonWords = commonWords
    return settings
  }

  /// As a prepared folder remembers it.
  package func tokenizing(_ loaded: (any Tokenizer)?) -> PreparationOrder.Tokenizing {
    if let loaded { return .init(kind: choice.rawValue, loaded: loaded.fingerprint) }
    let settings = settings
    return .init(
      kind: choice.rawValue + (commonWords ? ", common words" : ""),
      vocabularySize: settings.vocabularySize, minimumFrequency: settings.minimumFrequency)
  }
}
