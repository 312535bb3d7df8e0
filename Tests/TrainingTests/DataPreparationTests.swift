// Prepared folders: the same on any number of ranks, and the text they came from.
import FoundationEssentials
import Testing
import Text
import Training

struct DataPreparationTests {
  private let folder: TestFolder
  private let prepared: PreparedFolder

  init() throws {
    folder = try TestFolder()
    prepared = PreparedFolder(folder: folder)
  }

  private static let tokenizers = [
    TokenizerSettings(kind: .character), TokenizerSettings(kind: .bpe, vocabularySize: 300),
    TokenizerSettings(kind: .word, vocabularySize: 60),
  ]

  /// Files of all kinds, more text than a round of segments has.
  private func writeMixedText() throws -> [String] {
    try folder.write(PreparedFolder.text(of: PreparedFolder.documents(30)), to: "a.txt")
    try folder.write([], to: "b.txt")
    try folder.write(
      (0..<40).map { "{\"text\": \"Line \($0), \($0 % 7).\"}\n" }.joined().utf8, to: "c.jsonl")
    for index in 0..<20 { try folder.write("A note \(index).\r\n".utf8, to: "notes/\(index).md") }
    return ["a.txt", "b.txt", "c.jsonl", "notes"]
  }

  @Test(arguments: tokenizers)
  func everyNumberOfRanksWritesTheSameBytes(_ settings: TokenizerSettings) throws {
    var prepared = prepared
    prepared.settings = settings
    var cleaning = TextCleaning()
    cleaning.removesDuplicates = true
    let order = try prepared.order(writeMixedText(), testFraction: 0.15, cleaning: cleaning)
    for ranks in 1...4 { try prepared.prepare(order, into: "\(ranks)", ranks: ranks) }
    let files = try folder.files(in: "1")
    #expect(
      files.keys.sorted() == [
        "manifest.json", "test.tokens", "tokenizer.json", "train.tokens", "validation.tokens",
      ])
    #expect(try prepared.text("1").files.values.allSatisfy { $0.count > 100 })
    for ranks in 2...4 {
      let others = try folder.files(in: "\(ranks)")
      for (name, bytes) in files {
        let agrees = others[name] == bytes
        #expect(agrees, "\(name), \(ranks) ranks")
      }
    }
    prepared.segmentLength = InputPlan.segmentLength
    try prepared.prepare(order, into: "whole")
    let agrees = try folder.files(in: "whole") == files
    #expect(agrees, "one segment")
  }

  /// What a run would make of the raw text, tokens, documents and tokenizer.
  @Test(arguments: tokenizers, [1, 12])
  func preparedTextIsWhatARunReads(_ settings: TokenizerSettings, _ documentCount: Int) throws {
    var prepared = prepared
    prepared.settings = settings
    let documents = PreparedFolder.documents(documentCount) + (documentCount == 1 ? [] : ["ä\n"])
    let path = try folder.write(PreparedFolder.text(of: documents), to: "text.txt")
    try prepared.prepare(prepared.order(["text.txt"], fraction: 0.3), ranks: 3)
    let text = try prepared.text()

    var resolver = ConfigurationResolver()
    for setting in [
      "data.dataset=\(path)", "data.validation=0.3", "tokenizer.kind=\(settings.kind.rawValue)",
      "tokenizer.vocab_size=\(settings.vocabularySize)",
    ] { resolver.read(setting: setting) }
    var configuration = try resolver.finish()
    var preparation = RunTextPreparation(environment: [:])
    let raw = try preparation.prepare(&configuration)

    #expect(text.tokenizer.json == raw.tokenizer.json)
    for (split, expected) in [(Split.training, raw.training), (.validation, raw.validation)] {
      let tokens = TokenSequence(try text.file(of: split))
      let agrees =
        (0..<tokens.count).map { tokens[$0] } == (0..<expected.count).map { expected[$0] }
      #expect(agrees && tokens.count > 20, "\(split)")
      #expect(
        (0..<tokens.documentCount).map { tokens.documentEnd($0) }
          == (0..<expected.documentCount).map { expected.documentEnd($0) }, "\(split)")
    }
  }

  @Test func theSplitIsThatOfTheRawText() throws {
    let text = String(decoding: TinyRun.text(seed: 4), as: UTF8.self).replacing("e", with: "ä€")
    let path = try folder.write(text.utf8, to: "text.txt")
    for fraction in [0.1, 0.37] {
      let corpus = try CorpusBuilder(environment: [:])
        .build(.file(path: path), validation: .fraction(fraction))
      try prepared.prepare(prepared.order(["text.txt"], fraction: fraction), ranks: 2)
      #expect(
        try prepared.decoded(.training) == String(decoding: corpus.training.bytes, as: UTF8.self))
      #expect(
        try prepared.decoded(.validation)
          == String(decoding: corpus.validation.bytes, as: UTF8.self))
    }
  }

  @Test(arguments: [1, 3])
  func aTestSplitIsTheEnd(_ ranks: Int) throws {
    let text = String(decoding: TinyRun.text(seed: 5).prefix(5_000), as: UTF8.self)
    try folder.write(text.utf8, to: "text.txt")
    let order = try prepared.order(["text.txt"], fraction: 0.2, testFraction: 0.1)
    try prepared.prepare(order, ranks: ranks)
    let parts = try Split.allCases.map { try prepared.decoded($0) }
    #expect(parts.joined() == text)
    #expect(parts.map(\.utf8.count) == [3_500, 1_000, 500])
    // Without a test split none is left over.
    try prepared.prepare(try prepared.order(["text.txt"], fraction: 0.2), ranks: ranks)
    #expect(
      try prepared.text().files.keys.sorted { $0.rawValue < $1.rawValue } == [
        .training, .validation,
      ])
    #expect(try folder.files(in: "prepared")["test.tokens"] == nil)
  }

  @Test(arguments: [1, 2, 4])
  func splitsByFilesAreTheirFiles(_ ranks: Int) throws {
    for name in ["train", "validation", "test"] {
      try folder.write(
        (0..<60).map { "\(name) \($0)\n" }.joined().utf8, to: "\(name).txt")
    }
    let order = try prepared.order(
      ["train.txt"], validation: ["validation.txt"], test: ["test.txt"])
    try prepared.prepare(order, ranks: ranks)
    for split in Split.allCases {
      let file = try folder.contents(of: "\(split.rawValue).txt")
      #expect(try prepared.decoded(split).utf8.elementsEqual(file))
    }
    let counts = try #require(try prepared.text().manifest?.counts)
    #expect(counts["test"]?.documents == 1 && counts["test"]?.bytes == 10 * 7 + 50 * 8)
  }

  /// Every document's first place in the corpus stays, wherever segments end and whoever reads them.
  @Test(arguments: 1...4, [60, 500, 1 << 20])
  func ofEqualDocumentsTheFirstStays(_ ranks: Int, _ segmentLength: Int) throws {
    var prepared = prepared
    prepared.segmentLength = segmentLength
    let documents = (0..<300).map { "Document \($0 * $0 % 41)\n" }
    try folder.write(
      documents.map { $0 + "<|endoftext|>\n" }.joined().utf8, to: "text.txt")
    try folder.write((documents[7] + "<|endoftext|>\nnew\n").utf8, to: "validation.txt")
    var cleaning = TextCleaning()
    cleaning.removesDuplicates = true
    cleaning.removesBlankLines = true
    try prepared.prepare(
      prepared.order(["text.txt"], validation: ["validation.txt"], cleaning: cleaning), ranks: ranks
    )
    var seen: Set<String> = []
    let kept = documents.filter { seen.insert($0).inserted }
    #expect(try prepared.decoded(.training) == kept.joined())
    #expect(try prepared.decoded(.validation) == "new\n")
    let counts = try #require(try prepared.text().manifest?.counts)
    #expect(counts["train"]?.documents == kept.count)
    #expect(counts["train"]?.duplicateDocuments == 300 - kept.count)
    #expect(counts["validation"]?.duplicateDocuments == 1)
  }

  @Test(arguments: [1, 3])
  func equalInputsAreUsedAgain(_ ranks: Int) throws {
    try folder.write(TinyRun.text(seed: 6), to: "text.txt")
    let order = try prepared.order(["text.txt"])
    func prepare(_ order: PreparationOrder, forced: Bool = false) throws -> Bool {
      try prepared.prepare(order, ranks: ranks, forced: forced)
    }
    #expect(try !prepare(order))
    let before = try folder.files(in: "prepared")
    #expect(try prepare(order))
    #expect(try folder.files(in: "prepared") == before)
    #expect(try !prepare(order, forced: true))
    #expect(try folder.files(in: "prepared") == before)

    var cleaning = TextCleaning()
    cleaning.commentPrefix = "#"
    for other in [
      try prepared.order(["text.txt"], cleaning: cleaning),
      try prepared.order(["text.txt"], fraction: 0.2),
      try prepared.order(["text.txt", "text.txt"]),
    ] {
      #expect(try !prepare(other))
      #expect(try prepare(other))
    }
    // The same name and size, written anew.
    #expect(try !prepare(order))
    try folder.write(TinyRun.text(seed: 6).reversed(), to: "text.txt")
    #expect(try !prepare(prepared.order(["text.txt"])))
    // A folder that is not whole any more.
    let tokens = try folder.contents(of: "prepared/train.tokens")
    try folder.write(tokens.dropLast(), to: "prepared/train.tokens")
    #expect(try !prepare(prepared.order(["text.txt"])))
    #expect(try folder.contents(of: "prepared/train.tokens") == tokens)
  }
}
