// What `data.dataset` may name.

/// A text to train on, before it is read.
package enum Dataset: Sendable, Equatable {
  case shakespeare
  case tinyStories
  case wikitext2
  case stories(StoryLanguage)
  /// A text file, a folder of them, or a pattern that matches some.
  case file(path: String)
  /// A folder of token files.
  case prepared(folder: String)

  /// The names, as a user writes them.
  package static let names = allNamed.map(\.name)

  private static let allNamed: [Dataset] =
    [.shakespeare, .tinyStories, .wikitext2] + StoryLanguage.allCases.map(Dataset.stories)

  /// A known name, or the path of something that exists.
  /// - Throws: `CorpusError.missingFile` where the text looks like a path, else
  ///   `CorpusError.unknownDataset`.
  package init(_ text: String) throws(CorpusError) {
    if let dataset = Self.named(text) {
      self = dataset
    } else if PreparedText.isPrepared(text) {
      self = .prepared(folder: text)
    } else if TextFile.exists(text) || text.contains(where: { "*?[".contains($0) }) {
      self = .file(path: text)
    } else if text.contains("/") || text.contains(".") {
      throw .missingFile(path: text)
    } else {
      throw .unknownDataset(name: text, known: Self.names)
    }
  }

  /// The dataset of that name.
  package static func named(_ name: String) -> Dataset? { allNamed.first { $0.name == name } }

  package var name: String {
    switch self {
    case .shakespeare: "shakespeare"
    case .tinyStories: "tinystories"
    case .wikitext2: "wikitext-2"
    case .stories(let language): "stories-\(language.rawValue)"
    case .file(let path): path
    case .prepared(let folder): folder
    }
  }

  /// The files that others publish of it.
  package var files: PublishedFiles? {
    switch self {
    case .shakespeare: PublishedFiles(training: .shakespeare)
    case .tinyStories:
      PublishedFiles(training: .tinyStoriesTraining, validation: .tinyStoriesValidation)
    case .wikitext2:
      PublishedFiles(
        training: .wikitext2Training, validation: .wikitext2Validation, test: .wikitext2Test)
    case .stories, .file, .prepared: nil
    }
  }
}

/// The parts of a published dataset; one file alone is split by a fraction.
package struct PublishedFiles: Sendable {
  package let training: PublishedFile
  package let validation: PublishedFile?
  package let test: PublishedFile?

  package init(
    training: PublishedFile, validation: PublishedFile? = nil, test: PublishedFile? = nil
  ) {
    self.training = training
    self.validation = validation
    self.test = test
  }
}
