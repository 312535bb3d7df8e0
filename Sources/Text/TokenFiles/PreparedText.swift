// A folder of prepared text: a token file for each split, their tokenizer, and what they came from.
import Crypto
import FoundationEssentials

/// The parts of a corpus.
package enum Split: String, Sendable, CaseIterable, Codable {
  case training = "train"
  case validation
  case test

  package static let fileSuffix = ".tokens"

  package func path(in folder: String) -> String { "\(folder)/\(rawValue)\(Self.fileSuffix)" }
}

/// What a folder was prepared from. Equal orders give equal folders.
package struct PreparationOrder: Sendable, Equatable, Codable {
  /// How the tokenizer is made, and what of that can be told beforehand.
  package struct Tokenizing: Sendable, Equatable, Codable {
    package var kind: String
    package var vocabularySize: Int?
    package var minimumFrequency: Int?
    /// SHA-256 of a tokenizer that is loaded rather than trained.
    package var loaded: String?

    package init(
      kind: String, vocabularySize: Int? = nil, minimumFrequency: Int? = nil, loaded: String? = nil
    ) {
      self.kind = kind
      self.vocabularySize = vocabularySize
      self.minimumFrequency = minimumFrequency
      self.loaded = loaded
    }
  }

  package var training: [InputFile]
  /// Files of their own; else the end of the training files.
  package var validation: [InputFile] = []
  package var test: [InputFile] = []
  /// Fractions of the training files' characters, taken from their end: validation, then test.
  package var validationFraction = 0.0
  package var testFraction = 0.0
  package var cleaning = TextCleaning()
  package var tokenizing: Tokenizing

  package init(training: [InputFile], tokenizing: Tokenizing) {
    self.training = training
    self.tokenizing = tokenizing
  }

  package func files(of split: Split) -> [InputFile] {
    switch split {
    case .training: training
    case .validation: validation
    case .test: test
    }
  }

  /// Places in the training files at which validation and test begin, in characters.
  package func cuts(characters: Int) -> (validation: Int, test: Int) {
    let test = Int((1 - testFraction) * Double(characters))
    let validation = Int((1 - testFraction - validationFraction) * Double(characters))
    return (min(validation, test), test)
  }
}

/// `manifest.json` of a prepared folder.
package struct PreparedManifest: Sendable, Codable {
  package static let version = 1

  package var format = Self.version
  package var order: PreparationOrder
  /// What was found in the files of each split, by its name.
  package var counts: [String: TextCounts]
  package var tokenizerFingerprint: String

  package init(
    order: PreparationOrder, counts: [String: TextCounts], tokenizerFingerprint: String
  ) {
    self.order = order
    self.counts = counts
    self.tokenizerFingerprint = tokenizerFingerprint
  }
}

/// A prepared folder that is there and whole.
package struct PreparedText: Sendable {
  package let folder: String
  package let tokenizer: any Tokenizer
  package let files: [Split: TokenFile]
  /// nil for imported tokens.
  package let manifest: PreparedManifest?

  private static let manifestName = "manifest.json"
  private static let tokenizerName = "tokenizer.json"

  /// Whether a folder looks prepared.
  package static func isPrepared(_ folder: String) -> Bool {
    TextFile.exists(Split.training.path(in: folder))
      || TextFile.exists("\(folder)/\(manifestName)")
  }

  /// - Throws: `CorpusError` for files that are missing, damaged or of another tokenizer;
  ///   `TokenizerError`
  package init(folder: String) throws {
    self.folder = folder
    let tokenizerPath = "\(folder)/\(Self.tokenizerName)"
    let json = try TextFile.contents(tokenizerPath)
    tokenizer = try TokenizerFile.tokenizer(
      from: String(decoding: json, as: UTF8.self), path: tokenizerPath)
    var files: [Split: TokenFile] = [:]
    for split in Split.allCases {
      let path = split.path(in: folder)
      if split == .test && !TextFile.exists(path) { continue }
      let file = try TokenFile(path: path)
      try file.checkTokenizer(tokenizer, name: tokenizerPath)
      files[split] = file
    }
    self.files = files
    let manifestPath = "\(folder)/\(Self.manifestName)"
    if TextFile.exists(manifestPath) {
      let text = try TextFile.contents(manifestPath)
      manifest = try? JSONDecoder().decode(PreparedManifest.self, from: Data(text))
    } else {
      manifest = nil
    }
  }

  /// - Throws: `CorpusError.missingFile`
  package func file(of split: Split) throws(CorpusError) -> TokenFile {
    guard let file = files[split] else { throw .missingFile(path: split.path(in: folder)) }
    return file
  }

  /// SHA-256 over what a run reads: folders with one fingerprint train and validate alike.
  package var fingerprint: String {
    var hash = SHA256()
    for split in [Split.training, .validation] {
      if let file = files[split] { hash.update(data: file.header.contentHash) }
    }
    hash.update(data: tokenizer.hash)
    return hash.finalize().hexadecimal
  }

  package var description: CorpusDescription {
    CorpusDescription(name: folder, source: folder, fingerprint: fingerprint)
  }

  /// Writes what stands beside the token files. The manifest comes last: with it the folder is
  /// complete.
  /// - Throws: `CorpusError.unwritable`
  package static func write(
    _ manifest: PreparedManifest, _ tokenizer: any Tokenizer, folder: String
  ) throws(CorpusError) {
    try write(tokenizer, folder: folder)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(manifest) else {
      preconditionFailure("a manifest is plain data")
    }
    try write(Array(data), to: "\(folder)/\(manifestName)")
  }

  /// Writes the tokenizer alone, for tokens that others made.
  /// - Throws: `CorpusError.unwritable`
  package static func write(
    _ tokenizer: any Tokenizer, folder: String
  ) throws(CorpusError) {
    try write(Array(tokenizer.json.utf8), to: "\(folder)/\(tokenizerName)")
  }

  /// Creates the folder, and takes away what an earlier preparation left: half of the old and half
  /// of the new would be neither.
  /// - Throws: `CorpusError.unwritable`
  package static func begin(folder: String) throws(CorpusError) {
    if !isPrepared(folder) && TextFile.exists("\(folder)/\(tokenizerName)") {
      throw .unwritable(
        path: folder,
        reason: "it holds a tokenizer, but no prepared text; name another folder for the tokens")
    }
    let files =
      [manifestName, tokenizerName].map { "\(folder)/\($0)" }
      + Split.allCases.map { $0.path(in: folder) }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for file in files where TextFile.exists(file) {
        try FileManager.default.removeItem(atPath: file)
      }
    } catch {
      throw .unwritable(path: folder, reason: SystemReason.of(error))
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(CorpusError) {
    do { try Data(bytes).write(to: URL(filePath: path), options: .atomic) } catch {
      throw .unwritable(path: path, reason: SystemReason.of(error))
    }
  }
}

/// The system's reason in an error of Foundation's.
enum SystemReason {
  static func of(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileWriteNoPermission?: "permission denied"
    case .fileWriteOutOfSpace?: "no space left on the device"
    case .fileWriteFileExists?: "a file is in its way"
    case .fileNoSuchFile?, .fileReadNoSuchFile?: "there is no such folder"
    default: "\(error)"
    }
  }
}

extension TokenFile {
  /// - Throws: `CorpusError.otherTokenizer`
  package func checkTokenizer(
    _ tokenizer: any Tokenizer, name: String
  ) throws(CorpusError) {
    guard header.tokenizerHash == tokenizer.hash else {
      throw .otherTokenizer(
        path: path,
        reason: "these are tokens of another tokenizer than \(name); prepare the text with this one"
      )
    }
  }
}
