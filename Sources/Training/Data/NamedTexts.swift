// The files behind the names of datasets.
import FoundationEssentials
import Text

/// Inputs with every dataset's name replaced by its files.
package struct NamedTexts {
  package private(set) var training: [String] = []
  /// What a dataset brings for validation and test.
  package private(set) var validation: [String] = []
  package private(set) var test: [String] = []

  /// - Throws: `CorpusError.unavailable` for a published file that cannot be had.
  package init(_ names: [String], environment: [String: String]) throws {
    for name in names {
      guard let dataset = Dataset.named(name) else {
        training.append(name)
        continue
      }
      if case .stories(let language) = dataset { try addStories(language, environment) }
      guard let files = dataset.files else { continue }
      training.append(try files.training.path(environment: environment))
      for file in [files.validation].compactMap({ $0 }) {
        validation.append(try file.path(environment: environment))
      }
      for file in [files.test].compactMap({ $0 }) {
        test.append(try file.path(environment: environment))
      }
    }
  }

  /// Built-in texts become files in the cache, like those that others publish.
  private mutating func addStories(
    _ language: StoryLanguage, _ environment: [String: String]
  ) throws {
    let corpus = try CorpusBuilder(environment: environment).build(.stories(language))
    guard let cache = CacheFolder(environment: environment) else {
      throw CorpusError.unwritable(
        path: "the cache folder", reason: "neither TRAINER_CACHE nor HOME is set")
    }
    let folder = cache.path(of: Dataset.stories(language).name)
    for (text, name) in [(corpus.training, "train"), (corpus.validation, "validation")] {
      let path = "\(folder)/\(name).txt"
      let bytes = Data(text.bytes)
      // Written once: a file that is newer would be another input.
      if (try? Data(contentsOf: URL(filePath: path))) != bytes {
        do {
          try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
          try bytes.write(to: URL(filePath: path), options: .atomic)
        } catch { throw CorpusError.unwritable(path: path, reason: SystemReason.of(error)) }
      }
      if name == "train" { training.append(path) } else { validation.append(path) }
    }
  }
}
