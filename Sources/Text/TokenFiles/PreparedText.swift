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

  static let manifestName = "manifest.json"
  static let tokenizerName = "tokenizer.json"

  /// Whether a folder looks prepared.
  package static func isPrepared(_ folder: String) -> Bool {
    TextFile.exists(Split.training.path(in: folder))
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
    manifest = Self.manifest(at: "\(folder)/\(Self.manifestName)")
  }

  package var description: CorpusDescription {
    CorpusDescription(name: folder, source: folder, fingerprint: fingerprint)
  }

  /// Reads all token files and compares them with what was written.
  /// - Throws: `CorpusError.badTokenFile`
  package func verify() throws(CorpusError) {
    for split in Split.allCases { try files[split]?.verify() }
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

  static func manifest(at path: String) -> PreparedManifest? {
    guard let text = try? TextFile.contents(path) else { return nil }
    return try? JSONDecoder().decode(PreparedManifest.self, from: Data(text))
  }
}

extension TokenFile {
  /// - Throws: `CorpusError.otherTokenizer`
  package func checkTokenizer(
    _ tokenizer: any Tokenizer, name: String
  ) throws(CorpusError) {
    guard header.tokenizerHash == tokenizer.hash,
      header.vocabularySize == tokenizer.vocabularySize
    else {
      throw .otherTokenizer(
        path: path,
        reason: "these are tokens of another tokenizer than \(name); prepare the text with this one"
      )
    }
  }
}
