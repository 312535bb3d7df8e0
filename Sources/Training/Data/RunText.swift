// A run's text as tokens, and the tokenizer that made them.
import FoundationEssentials
import Text

/// Training and validation text in tokens; made by the coordinator.
package struct RunText {
  package let training: TokenSequence
  package let validation: TokenSequence
  package let tokenizer: any Tokenizer
  package let corpus: Corpus

  /// Bytes of each token's text, by id.
  package var bytesPerToken: [Int32] { Self.bytesPerToken(tokenizer) }

  package static func bytesPerToken(_ tokenizer: any Tokenizer) -> [Int32] {
    (0..<Int32(tokenizer.vocabularySize)).map { Int32(tokenizer.bytes(of: $0).count) }
  }
}

/// Finds text and tokenizer for a configuration, and what to take instead where a published file is
/// out of reach.
package struct RunTextPreparation {
  private var environment: [String: String]
  /// What is out of reach, and what takes its place.
  private var replaced: [String] = []
  private var remedies: [String] = []

  /// - Parameter environment: says where the cache is, and whether downloads are allowed.
  package init(environment: [String: String]) { self.environment = environment }

  /// One line for the user if anything was replaced.
  package var warning: String? {
    if replaced.isEmpty { return nil }
    return replaced.joined(separator: "; ") + ". To have what the configuration says: "
      + remedies.joined(separator: "; ")
  }

  /// The text of a configuration. Where something was replaced, the configuration says so
  /// afterwards.
  /// - Throws: `CorpusError`, `TokenizerError`
  package mutating func prepare(_ configuration: inout ResolvedConfiguration) throws -> RunText {
    let corpus = try self.corpus(&configuration)
    let tokenizer = try self.tokenizer(&configuration, corpus)
    return RunText(
      training: TokenSequence(
        try tokenizer.encode(corpus.training), vocabularySize: tokenizer.vocabularySize),
      validation: TokenSequence(
        try tokenizer.encode(corpus.validation), vocabularySize: tokenizer.vocabularySize),
      tokenizer: tokenizer, corpus: corpus)
  }

  private mutating func corpus(_ configuration: inout ResolvedConfiguration) throws -> Corpus {
    let data = configuration.values.data
    let builder = CorpusBuilder(environment: environment)
    do {
      return try builder.build(Dataset(data.dataset), validation: data.validation)
    } catch CorpusError.unavailable(let name, let reason, let path, let url) {
      let stories = Dataset.stories(.english)
      replace(
        "\(name) is not available (\(reason)), so the built-in \(stories.name) take its place",
        remedy: Self.placement(url, path))
      configuration.set("data.dataset", .string(stories.name), .fallback)
      return try builder.build(stories, validation: data.validation)
    }
  }

  private mutating func tokenizer(
    _ configuration: inout ResolvedConfiguration, _ corpus: Corpus
  ) throws -> any Tokenizer {
    switch TokenizerChoice(rawValue: configuration.values.tokenizer.kind) {
    case .gpt2:
      do {
        return try gpt2Tokenizer(folder: configuration.values.tokenizer.path)
      } catch CorpusError.unavailable(_, let reason, _, _) {
        // One reason is enough: after the text's the second would only name our own variable.
        let missing =
          replaced.isEmpty
          ? "the tokenizer gpt2 is not available (\(reason))"
          : "nor is the tokenizer gpt2"
        replace(
          "\(missing), so single characters are the tokens",
          remedy: [PublishedFile.gpt2Merges, .gpt2Vocabulary].map(placement(of:))
            .joined(separator: " and "))
        configuration.set(
          "tokenizer.kind", .string(TokenizerChoice.character.rawValue), .fallback)
        if configuration.values.model.vocabularySize != nil {
          configuration.set("model.vocab_size", .null, .fallback)
        }
      }
    case .character, nil: break
    }
    // From both parts, so that no character of the validation text is unknown.
    return try CharacterTokenizer(text: corpus.training + corpus.validation)
  }

  private func gpt2Tokenizer(folder: String?) throws -> any Tokenizer {
    if let folder {
      return try BytePairTokenizer(
        mergesPath: "\(folder)/vocab.bpe", vocabularyPath: "\(folder)/encoder.json")
    }
    let merges = try PublishedFile.gpt2Merges.locate(environment: environment)
    let vocabulary = try PublishedFile.gpt2Vocabulary.locate(environment: environment)
    return try BytePairTokenizer(
      merges: merges.bytes, mergesPath: merges.path, vocabulary: vocabulary.bytes,
      vocabularyPath: vocabulary.path)
  }

  private func placement(of file: PublishedFile) -> String {
    let cache = CacheFolder(environment: environment)
    return Self.placement(file.url, cache?.path(of: file.cachePath) ?? file.cachePath)
  }

  private static func placement(_ url: String, _ path: String) -> String { "put \(url) at \(path)" }

  private mutating func replace(_ what: String, remedy: String) {
    replaced.append(what)
    remedies.append(remedy)
    // Without a network every further download would only cost its time-out.
    environment[PublishedFile.offlineVariable] = "1"
  }
}
