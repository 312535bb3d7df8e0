// Texts and folders that cannot be prepared, and preparations that meet in one folder.
import FoundationEssentials
import Synchronization
import TestSupport
import Testing
import Text
import Training

struct DataPreparationFaultTests {
  private let folder: TestFolder
  private let prepared: PreparedFolder

  init() throws {
    folder = try TestFolder()
    prepared = PreparedFolder(folder: folder)
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
}
