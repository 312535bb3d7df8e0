// A run's text as tokens, and the tokenizer that made them.
import FoundationEssentials
import Text

/// Training and validation text in tokens; found by the coordinator.
package struct RunText {
  package let training: TokenSequence
  package let validation: TokenSequence
  package let tokenizer: any Tokenizer
  package let corpus: CorpusDescription

  /// Bytes of the validation text that each token stands for, by id.
  package var bytesPerToken: [Double] { validation.bytesPerToken(tokenizer) }
}

/// Finds text and tokenizer for a configuration, and what to take instead where a published file is
/// out of reach.
package struct RunTextPreparation {
  private var environment: [String: String]
  /// What is out of reach, and what takes its place.
  private var replaced: [String] = []
  private var remedies: [String] = []

  private let spread: Spread
  /// The tokenizer of a checkpoint, where it was read from, and whether no other will do.
  private let stored: (any Tokenizer)?
  private let storedPath: String?
  private let isFixed: Bool

  /// - Parameters:
  ///   - environment: says where the cache is, and whether downloads are allowed.
  ///   - spread: runs the tokenizer on several threads.
  ///   - tokenizer: the checkpoint's, for a run that goes on or starts from one.
  ///   - tokenizerPath: where that was read from, if from a path: its files may be gone.
  ///   - isFixed: whether the model is bound to that tokenizer whatever the text.
  package init(
    environment: [String: String],
    spread: @escaping Spread = { count, body in for task in 0..<count { body(task) } },
    tokenizer: (any Tokenizer)? = nil, tokenizerPath: String? = nil, isFixed: Bool = false
  ) {
    self.environment = environment
    self.spread = spread
    stored = tokenizer
    storedPath = tokenizerPath
    self.isFixed = isFixed
  }

  package typealias TextCheck = (CorpusDescription, _ preparedBy: (any Tokenizer)?) throws -> Void

  /// One line for the user if anything was replaced.
  package var warning: String? {
    if replaced.isEmpty { return nil }
    return replaced.joined(separator: "; ") + ". To have what the configuration says: "
      + remedies.joined(separator: "; ")
  }

  /// The text of a configuration. Where something was replaced, the configuration says so
  /// afterwards.
  /// - Parameter check: is called before anything is made of the text, with the tokenizer that
  ///   prepared it, if any, and may refuse it.
  /// - Throws: `CorpusError`, `TokenizerError`, and what `check` throws.
  package mutating func prepare(
    _ configuration: inout ResolvedConfiguration, check: TextCheck = { _, _ in }
  ) throws -> RunText {
    if case .prepared(let folder) = try Dataset(configuration.values.data.dataset) {
      return try prepared(folder, &configuration, check)
    }
    let corpus = try self.corpus(&configuration)
    try check(corpus.description, nil)
    let tokenizer = try self.tokenizer(&configuration, corpus)
    return try TrainedText(tokenizer, spread: spread).text(corpus)
  }

  /// The tokenizer of `prepare`, without the tokens.
  /// - Throws: `CorpusError`, `TokenizerError`
  package mutating func makeTokenizer(
    _ configuration: inout ResolvedConfiguration
  ) throws -> any Tokenizer {
    if case .prepared(let folder) = try Dataset(configuration.values.data.dataset) {
      let text = try PreparedText(folder: folder)
      try settleTokenizer(text, &configuration)
      return text.tokenizer
    }
    // One that is there already needs no text; what is wrong with it, the other way tells.
    let order = TokenizerOrder(configuration.values.tokenizer)
    if let loaded = try? order.loaded(environment: environment) { return loaded }
    return try tokenizer(&configuration, corpus(&configuration))
  }

  /// Prepared text brings its tokenizer; one that the configuration asks for must be the same.
  private func prepared(
    _ folder: String, _ configuration: inout ResolvedConfiguration,
    _ check: TextCheck
  ) throws -> RunText {
    let text = try PreparedText(folder: folder)
    try check(text.description, text.tokenizer)
    if isFixed, let stored {
      for split in [Split.training, .validation] {
        try text.file(of: split).checkTokenizer(stored, name: "the checkpoint's")
      }
    } else {
      try settleTokenizer(text, &configuration)
    }
    return RunText(
      training: TokenSequence(try text.file(of: .training)),
      validation: TokenSequence(try text.file(of: .validation)),
      tokenizer: text.tokenizer,
      corpus: text.description)
  }

  /// The configuration says which tokenizer prepared the text, unless user or checkpoint do.
  private func settleTokenizer(
    _ text: PreparedText, _ configuration: inout ResolvedConfiguration
  ) throws {
    let kind = configuration.values.tokenizer.kind
    let found = TokenizerChoice(of: text.tokenizer)
    if configuration.isChosen("tokenizer.kind") {
      guard TokenizerChoice(rawValue: kind)?.kind == found.kind else {
        throw CorpusError.otherTokenizer(
          path: text.folder,
          reason: "prepared with a tokenizer of kind \(found.rawValue), but tokenizer.kind is "
            + "\(kind); leave it out, or prepare the text with that one")
      }
      return
    }
    // Compared already, and it may be more exact: gpt2 is of the kind bpe.
    if configuration.source(of: "tokenizer.kind") == .checkpoint { return }
    configuration.set("tokenizer.kind", .string(found.rawValue), .preparedText)
    if !configuration.isChosen("model.vocab_size") {
      configuration.set("model.vocab_size", .null, .preparedText)
    }
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
    if isFixed, let stored { return stored }
    let order = TokenizerOrder(configuration.values.tokenizer)
    do {
      if let loaded = try order.loaded(environment: environment) { return loaded }
    } catch  where storedServes(order, after: error) {
    } catch CorpusError.unavailable(_, let reason, _, _) {
      takeCharacters(&configuration, reason)
      return try Self.make(TokenizerSettings(kind: .character), corpus)
    }
    // The text is the same: so is what would be made from it.
    if let stored, stored.kind == order.choice.kind { return stored }
    return try Self.make(order.settings, corpus)
  }

  /// Whether a checkpoint's tokenizer takes the place of files that cannot be had: not where the user
  /// names others, nor of a file that holds something else.
  private func storedServes(_ order: TokenizerOrder, after error: any Error) -> Bool {
    if case CorpusError.otherTokenizer = error { return false }
    return stored?.kind == order.choice.kind && (order.path == nil || order.path == storedPath)
  }

  private static func make(_ settings: TokenizerSettings, _ corpus: Corpus) throws -> any Tokenizer
  {
    try TokenizerMaking.make(settings, documentCount: corpus.documentCount) { split, chunk in
      let segment = Segment(split == .training ? corpus.training : corpus.validation)
      if split == .test { return }
      for document in segment.documents { try chunk(segment.text[document]) }
    }
  }

  private mutating func takeCharacters(
    _ configuration: inout ResolvedConfiguration, _ reason: String
  ) {
    // One reason is enough: after the text's the second would only name our own variable.
    let missing =
      replaced.isEmpty
      ? "the tokenizer gpt2 is not available (\(reason))" : "nor is the tokenizer gpt2"
    replace(
      "\(missing), so single characters are the tokens",
      remedy: [PublishedFile.gpt2Merges, .gpt2Vocabulary].map(placement(of:))
        .joined(separator: " and "))
    configuration.set("tokenizer.kind", .string(TokenizerChoice.character.rawValue), .fallback)
    if configuration.values.model.vocabularySize != nil {
      configuration.set("model.vocab_size", .null, .fallback)
    }
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
