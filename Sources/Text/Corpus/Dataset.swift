// What `data.dataset` may name.

/// A text to train on, before it is read.
package enum Dataset: Sendable, Equatable {
  case shakespeare
  case stories(StoryLanguage)
  case file(path: String)

  /// The names, as a user writes them.
  package static let names =
    ["shakespeare"] + StoryLanguage.allCases.map { Dataset.stories($0).name }

  /// A known name, or the path of a file that exists.
  /// - Throws: `CorpusError.missingFile` where the text looks like a path, else
  ///   `CorpusError.unknownDataset`.
  package init(_ text: String) throws(CorpusError) {
    let named = [Dataset.shakespeare] + StoryLanguage.allCases.map(Dataset.stories)
    if let dataset = named.first(where: { $0.name == text }) {
      self = dataset
    } else if TextFile.exists(text) {
      self = .file(path: text)
    } else if text.contains("/") || text.contains(".") {
      throw .missingFile(path: text)
    } else {
      throw .unknownDataset(name: text, known: Self.names)
    }
  }

  package var name: String {
    switch self {
    case .shakespeare: "shakespeare"
    case .stories(let language): "stories-\(language.rawValue)"
    case .file(let path): path
    }
  }
}
