// Prepared folders: the same on any number of ranks, and the text they came from.
import FoundationEssentials
import Synchronization
import TestSupport
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

  /// Documents of many segments, and such as a segment's end cuts, among others.
  @Test(arguments: 1...3, [64, 300, 1 << 20])
  func ofEqualLongDocumentsTheFirstStays(_ ranks: Int, _ segmentLength: Int) throws {
    var prepared = prepared
    prepared.segmentLength = segmentLength
    let long = (0..<3).map { number in
      (0..<40).map { "Line \($0) of story \(number)\n" }.joined()
    }
    let documents = [
      long[0], "short\n", long[1], long[0], "short\n", "end\n", long[2], long[1], long[1],
    ]
    try folder.write(documents.joined(separator: "\n<|endoftext|>\n").utf8, to: "text.txt")
    try folder.write((long[2] + "\n<|endoftext|>\nnew\n").utf8, to: "validation.txt")
    var cleaning = TextCleaning()
    cleaning.removesDuplicates = true
    try prepared.prepare(
      prepared.order(["text.txt"], validation: ["validation.txt"], cleaning: cleaning), ranks: ranks
    )
    let kept = [long[0], "short\n", long[1], "end\n", long[2]]
    #expect(try prepared.decoded(.training) == kept.joined())
    #expect(try prepared.decoded(.validation) == "new\n")
    let text = try prepared.text()
    #expect(text.manifest?.counts["train"]?.documents == 5)
    #expect(text.manifest?.counts["train"]?.duplicateDocuments == 4)
    #expect(text.manifest?.counts["validation"]?.duplicateDocuments == 1)
    #expect(try text.file(of: .training).header.documentCount == 5)
  }

  /// Of a document that is cleaned away nothing is left, not even its end.
  @Test(arguments: 1...3, [64, 1 << 20])
  func documentsThatAreCleanedAwayAreNone(_ ranks: Int, _ segmentLength: Int) throws {
    var prepared = prepared
    prepared.segmentLength = segmentLength
    let comments = String(repeating: "# nothing but a comment\n", count: 30)
    try folder.write(
      ["one\n", comments, "two\n" + comments, comments + "three\n"]
        .joined(separator: "\n<|endoftext|>\n").utf8, to: "text.txt")
    try folder.write("held out\n".utf8, to: "validation.txt")
    var cleaning = TextCleaning()
    cleaning.commentPrefix = "#"
    try prepared.prepare(
      prepared.order(["text.txt"], validation: ["validation.txt"], cleaning: cleaning), ranks: ranks
    )
    #expect(try prepared.decoded(.training) == "one\ntwo\nthree\n")
    #expect(try prepared.text().file(of: .training).header.documentCount == 3)
  }

  /// The second waits for the first, and finds that all is done.
  @Test func twoPreparationsOfOneFolderWaitForEachOther() throws {
    try folder.write(TinyRun.text(seed: 9), to: "text.txt")
    let order = try prepared.order(["text.txt"])
    let events = Mutex<[String]>([])
    let prepared = prepared
    @Sendable func has(_ event: String) -> Bool {
      ChildProcess.wait(limit: 30) { events.withLock { $0.contains(event) } }
    }
    startThread {
      let isReused = try? prepared.prepare(
        order,
        make: {
          events.withLock { $0.append("made") }
          _ = has("waited")
        })
      events.withLock { $0.append("first \(isReused.map { "\($0)" } ?? "failed")") }
    }
    #expect(has("made"))
    let isReused = try prepared.prepare(
      order, ranks: 2, whileWaiting: { events.withLock { $0.append("waited") } })
    #expect(isReused)
    #expect(has("first false"))
    #expect(events.withLock { $0.filter { $0 == "waited" }.count } == 1)
    #expect(try folder.files(in: "prepared").keys.sorted().first == "manifest.json")
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

  private func refusal(
    _ order: PreparationOrder, ranks: Int = 2, tokenizer: (any Tokenizer)? = nil
  ) throws -> String {
    do {
      try prepared.prepare(order, ranks: ranks, tokenizer: tokenizer)
      return "accepted"
    } catch { return "\(error)".replacing(folder.path + "/", with: "") }
  }

  /// Found on whichever rank, before anything is written.
  @Test(arguments: [1, 2, 4])
  func faultyTextIsRefusedAndLeavesNothing(_ ranks: Int) throws {
    var bytes = TinyRun.text(seed: 7) + TinyRun.text(seed: 8)
    // The first of them counts, whoever finds which first.
    for place in [6_543, 6_900, 7_700, 9_999] { bytes[place] = 0xff }
    try folder.write(bytes, to: "bad.txt")
    #expect(
      try refusal(prepared.order(["bad.txt"]), ranks: ranks).hasPrefix(
        "bad.txt: not valid UTF-8 at byte 6543;"))
    let lines = (0..<100).map { $0 >= 71 ? "{}\n" : "{\"text\": \"\($0)\"}\n" }
    try folder.write(lines.joined().utf8, to: "bad.jsonl")
    #expect(
      try refusal(prepared.order(["bad.jsonl"]), ranks: ranks).hasPrefix(
        "bad.jsonl:72: column 1: neither"))
    try folder.write("\n".utf8, to: "blank.txt")
    var cleaning = TextCleaning()
    cleaning.removesBlankLines = true
    #expect(
      try refusal(prepared.order(["blank.txt"], cleaning: cleaning), ranks: ranks)
        == "blank.txt: holds no text")
    try folder.write("a".utf8, to: "one.txt")
    #expect(
      try refusal(prepared.order(["one.txt"]), ranks: ranks).hasPrefix(
        "data.validation: 1 characters"))
    #expect(!FileManager.default.fileExists(atPath: prepared.path("prepared")))
  }

  /// All of it at once: a place in a segment would be none in the file.
  @Test func whatTheTokenizerCannotExpressIsRefused() throws {
    try folder.write(
      ("abab\n" + String(repeating: "ab", count: 3_000) + "äaö\nä").utf8, to: "text.txt")
    try folder.write("ab".utf8, to: "more.txt")
    let tokenizer = try CharacterTokenizer(text: Array("ab\n".utf8))
    for ranks in [1, 3] {
      for (names, others) in [(["text.txt"], ""), (["text.txt", "more.txt"], " and 1 more")] {
        #expect(
          try refusal(prepared.order(names), ranks: ranks, tokenizer: tokenizer)
            == "text.txt\(others): the model's tokenizer lacks 2 of its characters, 3 in all: "
            + "'ä' (U+00E4) × 2, 'ö' (U+00F6) × 1; replace them, or train a new model")
        #expect(!FileManager.default.fileExists(atPath: prepared.path("prepared")))
      }
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNamed() throws {
    try folder.write(TinyRun.text(seed: 8), to: "text.txt")
    try folder.write("in the way".utf8, to: "prepared")
    let line = try refusal(prepared.order(["text.txt"]))
    #expect(line.hasPrefix("prepared: cannot be written: "), "\(line)")
  }
}
