// What `data.dataset` may name.

/// A text to train on, before it is read.
package enum Dataset: Sendable, Equatable {
  case shakespeare
  case stories(StoryLanguage)
  /// A text file, a folder of them, or a pattern that matches some.
  case file(path: String)
  /// A folder of token files.
  case prepared(folder: String)

  /// The names, as a user writes them.
  package static let names =
    ["shakespeare"] + StoryLanguage.allCases.map { Dataset.stories($0).name }

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
  package static func named(_ name: String) -> Dataset? {
    ([.shakespeare] + StoryLanguage.allCases.map(Dataset.stories)).first { $0.name == name }
  }

  package var name: String {
    switch self {
    case .shakespeare: "shakespeare"
    case .stories(let language): "stories-\(language.rawValue)"
    case .file(let path): path
    case .prepared(let folder): folder
    }
  }
}
