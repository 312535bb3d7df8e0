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
  /// What is out of reach, what takes its place, and what to do about it.
  private var replaced: [String] = []

  /// - Parameter environment: says where the cache is, and whether downloads are allowed.
  package init(environment: [String: String]) { self.environment = environment }

  /// One line for the user if anything was replaced.
  package var warning: String? {
    replaced.isEmpty ? nil : replaced.joined(separator: "; ")
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
      note(
        "\(name) is not available (\(reason)), so the run takes the built-in \(stories.name) "
          + "(to have it, put \(url) at \(path))")
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
      } catch CorpusError.unavailable(_, let reason, let path, let url) {
        let files = "vocab.bpe and encoder.json"
        let why = replaced.isEmpty ? " (\(reason))" : ""
        note(
          "GPT-2's tokenizer is not available\(why), so each character is a token "
            + "(to have it, put \(files) of \(folder(of: url)) into \(folder(of: path)))")
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

  private mutating func note(_ what: String) {
    replaced.append(what)
    // Without a network every further download would only cost its time-out.
    environment[PublishedFile.offlineVariable] = "1"
  }

  private func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }
}
