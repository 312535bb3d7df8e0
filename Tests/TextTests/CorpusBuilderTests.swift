// From a dataset's name to two parts of a text.
import FoundationEssentials
import Testing
import Text

@Suite struct CorpusBuilderTests {
  private let folder: CorpusTestFolder
  private let builder = CorpusBuilder(environment: [:], storyTrainingByteCount: 20_000)

  init() throws { folder = try CorpusTestFolder() }

  private func corpus(_ text: String, fraction: Double) throws -> Corpus {
    let path = try folder.write(text.utf8, to: "text.txt")
    return try builder.build(.file(path: path), validation: .fraction(fraction))
  }

  @Test(arguments: [
    ("0123456789", 0.1, "012345678", "9"), ("äöüß€😀", 0.5, "äöü", "ß€😀"),
    ("ab\r\ncd", 0.34, "ab\r", "\ncd"), ("0123456", 0.3, "0123", "456"),
  ])
  func theSplitCountsUnicodeScalars(
    _ text: String, _ fraction: Double, _ training: String, _ validation: String
  ) throws {
    let corpus = try corpus(text, fraction: fraction)
    #expect(corpus.training.bytes == Array(training.utf8))
    #expect(corpus.validation.bytes == Array(validation.utf8))
    #expect(corpus.entropy == nil)
  }

  @Test(arguments: [0, 1, -0.5, .nan, .infinity, 2])
  func impossibleFractionsAreRefused(_ fraction: Double) {
    #expect(throws: CorpusError.self) { try corpus("some text", fraction: fraction) }
    #expect(throws: CorpusError.self) {
      try builder.build(.stories(.english), validation: .fraction(fraction))
    }
  }

  @Test func aTextTooShortToSplitIsRefused() {
    #expect(throws: CorpusError.emptySplit(characters: 1, fraction: 0.1)) {
      try corpus("ä", fraction: 0.1)
    }
  }

  @Test func aValidationFileLeavesTheTrainingTextWhole() throws {
    let training = try folder.write("train".utf8, to: "a.txt")
    let validation = try folder.write("check".utf8, to: "b.txt")
    let corpus = try builder.build(.file(path: training), validation: .file(path: validation))
    #expect(corpus.training.bytes == Array("train".utf8))
    #expect(corpus.validation.bytes == Array("check".utf8))
  }

  @Test func theFingerprintTellsTextsAndSplitsApart() throws {
    let corpora = [
      try corpus("0123456789", fraction: 0.1), try corpus("0123456789", fraction: 0.2),
      try corpus("012345678x", fraction: 0.1),
    ]
    #expect(Set(corpora.map(\.description.fingerprint)).count == 3)
    #expect(try corpus("0123456789", fraction: 0.1).description == corpora[0].description)
    #expect(corpora[0].description.fingerprint.count == 64)
  }

  @Test func aByteOrderMarkIsDropped() throws {
    let path = try folder.write([0xef, 0xbb, 0xbf, 0x61, 0x62], to: "bom.txt")
    #expect(try CorpusBuilder.documents(at: path).bytes == [0x61, 0x62])
    let only = try folder.write([0xef, 0xbb, 0xbf], to: "only.txt")
    #expect(throws: CorpusError.emptyFile(path: only)) { try CorpusBuilder.documents(at: only) }
  }

  @Test(
    arguments: [
      ([0x61, 0xff, 0x62], 1), ([0x61, 0x62, 0xc3], 2), ([0xc0, 0x80], 0),
      ([0x61, 0xed, 0xa0, 0x80], 1), ([0xc3, 0xa4, 0xf5], 2), ([0xef, 0xbb, 0xbf, 0x80], 3),
    ] as [([UInt8], Int)])
  func theFirstInvalidByteIsNamed(_ bytes: [UInt8], _ offset: Int) throws {
    let path = try folder.write(bytes, to: "bad.txt")
    #expect(throws: CorpusError.invalidUTF8(path: path, offset: offset)) {
      try CorpusBuilder.documents(at: path)
    }
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    let empty = try folder.write([], to: "empty.txt")
    #expect(throws: CorpusError.emptyFile(path: empty)) { try CorpusBuilder.documents(at: empty) }
    #expect(throws: CorpusError.emptyFile(path: folder.path)) {
      try CorpusBuilder.documents(at: folder.path)
    }
    #expect(throws: CorpusError.isDirectory(path: folder.path)) {
      try InputFile(path: folder.path)
    }
    let missing = folder.path + "/none.txt"
    #expect(throws: CorpusError.missingFile(path: missing)) {
      try CorpusBuilder.documents(at: missing)
    }
    #expect(throws: CorpusError.self) { try CorpusBuilder.documents(at: empty + "/below") }
  }

  @Test func aBigFileIsReadWhole() throws {
    let bytes = [UInt8](repeating: 0x61, count: 3_000_001)
    let path = try folder.write(bytes, to: "big.txt")
    #expect(try CorpusBuilder.documents(at: path).bytes == bytes)
  }

  @Test func builtInStoriesKnowTheirEntropy() throws {
    let corpus = try builder.build(.stories(.german))
    #expect(corpus.description.name == "stories-de")
    #expect((20_000..<22_000).contains(corpus.training.bytes.count))
    #expect((2222..<4222).contains(corpus.validation.bytes.count))
    #expect(corpus.entropy == StoryGrammar.german.entropy)
    #expect(corpus.description.entropyBitsPerByte == StoryGrammar.german.entropy.bitsPerByte)
    let stories = { (part: [UInt8]) in
      Set(String(decoding: part, as: UTF8.self).split(separator: "\n\n"))
    }
    #expect(stories(corpus.training.bytes).isDisjoint(with: stories(corpus.validation.bytes)))
  }

  /// SHA-256 of "train" and "check".
  private static let files = PublishedFiles(
    training: PublishedFile(
      name: "a", url: "https://example.invalid/a",
      sha256: "116f54c41d0405dbb10e7b04ebc31e262a5b8c85c1233fcf36eaee344d91ae58",
      cachePath: "set/a.txt"),
    validation: PublishedFile(
      name: "b", url: "https://example.invalid/b",
      sha256: "20f65c28671b40937c5bf23acc7c6f37e5a5ec0622e347b57685725df5ba9e50",
      cachePath: "set/b.txt"))

  @Test func publishedFilesAreTheirOwnSplitUnlessToldOtherwise() throws {
    try folder.write("train".utf8, to: "set/a.txt")
    try folder.write("check".utf8, to: "set/b.txt")
    let builder = CorpusBuilder(
      environment: ["TRAINER_CACHE": folder.path, "TRAINER_OFFLINE": "1"])
    let own = try builder.build(Self.files, name: "set", validation: .standard)
    #expect(
      own.training.bytes == Array("train".utf8) && own.validation.bytes == Array("check".utf8))
    let split = try builder.build(Self.files, name: "set", validation: .fraction(0.4))
    #expect(split.training.bytes == Array("tra".utf8) && split.validation.bytes == Array("in".utf8))
  }

  @Test func allMissingFilesAreNamedAtOnce() {
    let builder = CorpusBuilder(
      environment: ["TRAINER_CACHE": folder.path, "TRAINER_OFFLINE": "1"])
    let error = #expect(throws: CorpusError.self) {
      try builder.build(Self.files, name: "set", validation: .standard)
    }
    #expect(
      error?.description == "set is not available: TRAINER_OFFLINE=1 forbids downloads; put "
        + "https://example.invalid/a and https://example.invalid/b at "
        + "\(folder.path)/set/a.txt and \(folder.path)/set/b.txt")
  }

  @Test func datasetsGoByNameOrPath() throws {
    #expect(try Dataset("stories-en") == .stories(.english))
    #expect(try Dataset("stories-de") == .stories(.german))
    #expect(try Dataset("shakespeare") == .shakespeare)
    #expect(try Dataset("tinystories") == .tinyStories)
    #expect(try Dataset("wikitext-2") == .wikitext2)
    let path = try folder.write("a".utf8, to: "mine")
    #expect(try Dataset(path) == .file(path: path))
    #expect(throws: CorpusError.missingFile(path: "books.txt")) { try Dataset("books.txt") }
    #expect(throws: CorpusError.missingFile(path: "none/books")) { try Dataset("none/books") }
    let unknown = #expect(throws: CorpusError.self) { try Dataset("shakspeare") }
    #expect(
      unknown?.description == "data.dataset: \"shakspeare\" is neither a dataset "
        + "(shakespeare, tinystories, wikitext-2, stories-en, stories-de) nor the path of a text file"
    )
  }
}
