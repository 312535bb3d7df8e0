// Turns a dataset into a corpus: reads or writes the text, checks it and splits it.

/// What `data.validation` may be.
package enum ValidationPart: Sendable, Equatable {
  /// The dataset's own validation file where it has one, else the last tenth of the text.
  case standard
  /// The last part of the text, as a fraction of its characters (Unicode scalars).
  case fraction(Double)
  /// Another file; then the whole dataset is for training.
  case file(path: String)

  package static let standardFraction = 0.1

  /// Where a text is split that has no validation file.
  fileprivate var fraction: Double {
    if case .fraction(let fraction) = self { fraction } else { Self.standardFraction }
  }
}

package struct CorpusBuilder: Sendable {
  /// Bytes of a built-in text for training; validation stories come on top.
  package static let storyTrainingByteCount = 2_000_000
  /// The built-in texts are part of what a run is, like a file: their seed is not the run's.
  package static let storySeed: UInt64 = 1

  private let environment: [String: String]
  private let storyByteCount: Int
  private let storySeed: UInt64
  private let downloadProgress: (@Sendable (_ name: String, _ byteCount: Int) -> Void)?

  /// - Parameters:
  ///   - environment: says where the cache is, and whether downloads are allowed.
  ///   - downloadProgress: told now and then how much of which file has come.
  package init(
    environment: [String: String],
    storyTrainingByteCount: Int = Self.storyTrainingByteCount,
    storySeed: UInt64 = Self.storySeed,
    downloadProgress: (@Sendable (_ name: String, _ byteCount: Int) -> Void)? = nil
  ) {
    self.environment = environment
    storyByteCount = storyTrainingByteCount
    self.storySeed = storySeed
    self.downloadProgress = downloadProgress
  }

  /// - Throws: `CorpusError`; `.unavailable` only for a published file that cannot be had.
  package func build(
    _ dataset: Dataset, validation: ValidationPart = .standard
  ) throws(CorpusError) -> Corpus {
    if case .fraction(let fraction) = validation, !(fraction > 0 && fraction < 1) {
      throw .validationFraction(fraction)
    }
    switch dataset {
    case .stories(let language):
      return try stories(language, validation)
    case .file(let path):
      return try Self.corpus(dataset.name, Self.documents(at: path), validation, source: path)
    case .prepared(let folder):
      preconditionFailure("\(folder) holds tokens, no text")
    case .shakespeare, .tinyStories, .wikitext2:
      guard let files = dataset.files else { preconditionFailure("\(dataset.name) has no file") }
      return try build(files, name: dataset.name, validation: validation)
    }
  }

  /// The corpus of published files: `.standard` takes the dataset's own validation file.
  /// - Throws: as `build(_:validation:)`; what is unavailable is told for all files together.
  package func build(
    _ files: PublishedFiles, name: String, validation: ValidationPart
  ) throws(CorpusError) -> Corpus {
    var wanted = [files.training]
    if validation == .standard, let own = files.validation { wanted.append(own) }
    let paths = try locate(wanted, name: name)
    return try Self.corpus(
      name, Self.documents(at: paths[0]), paths.count > 1 ? .file(path: paths[1]) : validation,
      source: paths[0])
  }

  /// Paths of published files, in their order.
  private func locate(
    _ files: [PublishedFile], name: String
  ) throws(CorpusError) -> [String] {
    var environment = self.environment
    var paths: [String] = []
    var missing: [(reason: String, path: String, url: String)] = []
    for file in files {
      let progress = downloadProgress.map { tell in { (count: Int) in tell(file.name, count) } }
      do {
        paths.append(try file.path(environment: environment, progress: progress))
      } catch .unavailable(_, let reason, let path, let url) {
        missing.append((reason, path, url))
        // Without a network the next one would only cost its time-out.
        environment[PublishedFile.offlineVariable] = "1"
      }
    }
    guard let first = missing.first else { return paths }
    throw .unavailable(
      name: name, reason: first.reason,
      cachePath: missing.map(\.path).joined(separator: " and "),
      url: missing.map(\.url).joined(separator: " and "))
  }

  /// The text of a file, of the files of a folder or of those that a pattern matches.
  /// - Throws: `CorpusError`
  package static func documents(at name: String) throws(CorpusError) -> DocumentText {
    let files = try InputFile.all(of: [name])
    var rounds = SegmentRounds(InputPlan(files), TextCleaning())
    var text = DocumentText()
    do throws(CorpusError) {
      while let segment = try rounds.next() { text.append(segment) }
    } catch { throw error.withLineNumber }
    guard !text.bytes.isEmpty else { throw .emptyFile(path: name) }
    return text
  }

  private static func corpus(
    _ name: String, _ text: consuming DocumentText, _ validation: ValidationPart, source: String
  ) throws(CorpusError) -> Corpus {
    switch validation {
    case .file(let path):
      return Corpus(
        name: name, training: text, validation: try documents(at: path),
        source: "\(source), validation \(path)")
    case .standard, .fraction:
      var training = text
      let held = try splitOff(validation.fraction, of: &training)
      return Corpus(name: name, training: training, validation: held, source: source)
    }
  }

  /// Cuts the text at character `Int((1 - fraction) * n)` of its `n` characters; the first part
  /// stays where it is in memory.
  private static func splitOff(
    _ fraction: Double, of text: inout DocumentText
  ) throws(CorpusError) -> DocumentText {
    let characters = text.bytes.count { isFirstOfCharacter($0) }
    let kept = Int((1 - fraction) * Double(characters))
    guard kept > 0 && kept < characters else {
      throw .emptySplit(characters: characters, fraction: fraction)
    }
    var seen = 0
    var cut = 0
    while seen <= kept {
      if isFirstOfCharacter(text.bytes[cut]) { seen += 1 }
      cut += 1
    }
    return text.split(at: cut - 1)
  }

  private static func isFirstOfCharacter(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

  /// Training and validation stories are independent draws from two streams of one seed, so that
  /// no story is in both other than by chance (about one in 2^100 for a given pair).
  private func stories(
    _ language: StoryLanguage, _ validation: ValidationPart
  ) throws(CorpusError) -> Corpus {
    let grammar = language.grammar
    var trainingWriter = StoryWriter(grammar, seed: storySeed, stream: 0)
    let training = trainingWriter.write(atLeast: storyByteCount)
    let held: DocumentText
    var source = "built-in stories, seed \(storySeed)"
    switch validation {
    case .file(let path):
      held = try Self.documents(at: path)
      source += ", validation \(path)"
    case .standard, .fraction:
      let fraction = validation.fraction
      let count = Double(storyByteCount) * fraction / (1 - fraction)
      guard count < 1e12 else { throw .validationFraction(fraction) }
      var writer = StoryWriter(grammar, seed: storySeed, stream: 1)
      held = DocumentText(writer.write(atLeast: Int(count)))
    }
    return Corpus(
      name: Dataset.stories(language).name, training: DocumentText(training), validation: held,
      source: source,
      entropy: grammar.entropy)
  }
}
