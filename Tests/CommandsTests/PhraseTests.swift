// Phrases with missing words: their file, what is measured on them, and those that are shipped.
import Commands
import FoundationEssentials
import TestSupport
import Testing
import Text

@Suite struct PhraseTests {
  private static func phrases(_ text: String) throws -> [Phrase] {
    try PhraseFile.phrases(Array(text.utf8), path: "p.tsv")
  }

  @Test func phrasesAreRead() throws {
    let phrases = try Self.phrases("# two\n\nThe ___ sat.\tcat\r\n___ and ___\tsalt\tpepper\n")
    #expect(phrases.map(\.line) == [3, 4])
    #expect(phrases.map { $0.text.blankCount } == [1, 2])
    #expect(phrases[1].answers == [Array("salt".utf8), Array("pepper".utf8)])
  }

  @Test(arguments: [
    ("a\tb", "p.tsv:1: no blank; write ___ where the word is missing"),
    ("a ___\tb\nc ___", "p.tsv:2: no answer; write a tab and the missing word behind the text"),
    ("a ___\tb\tc", "p.tsv:1: 1 blanks, but 2 answers; write one for each blank"),
    ("a ___\t", "p.tsv:1: an empty answer; write the missing word behind the tab"),
    (
      "# only\n",
      "p.tsv: holds no phrases; write one a line: text with ___, a tab, and the missing word"
    ),
  ])
  func faultsAreNamed(_ text: String, _ message: String) {
    do {
      _ = try Self.phrases(text)
      Issue.record("no fault")
    } catch { #expect("\(error)" == message) }
  }

  @Test func measures() {
    let ranks: [Int?] = [1, 2, 5, 6, nil]
    let result = PhraseResult(ranks.map { .init(line: 1, rank: $0, best: []) })
    #expect(result.share(top: 1) == 0.2)
    #expect(result.share(top: 5) == 0.6)
    #expect(abs(result.meanReciprocalRank - (1 + 0.5 + 0.2 + 1 / 6.0) / 5) < 1e-12)
  }

  @Test func theShippedPhrasesAreHeldOutStories() throws {
    let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let bytes = try Data(contentsOf: URL(filePath: "/\(path)/Fixtures/phrases-en.tsv"))
    let phrases = try PhraseFile.phrases([UInt8](bytes), path: "phrases-en.tsv")
    let made = try HeldOutPhrases.make(count: 50)
    #expect(phrases.count == 50)
    for (phrase, expected) in zip(phrases, made) {
      let isSame =
        phrase.text == BlankText(Array(expected.text.utf8))
        && phrase.answers == [Array(expected.answer.utf8)]
      #expect(isSame, "line \(phrase.line)")
    }
  }

  @Test func aModelIsMeasured() throws {
    struct Report: Decodable {
      struct Row: Decodable {
        let line: Int
        let rank: Int?
      }
      let count: Int
      let top1, top5, meanReciprocalRank: Double
      let results: [Row]
    }
    let workplace = try Workplace()
    #expect(
      try workplace.train([
        "--max-steps", "150", "--set", "schedule.learning_rate=0.01", "--quiet",
      ]).exitCode == 0)
    try workplace.write("the ___ dog.\tlazy\nThe quick ___ fox\tlazy\n", to: "p.tsv")
    let report = try ResultTests.json(
      workplace.run(["evaluate", "--checkpoint", "run", "--phrases", "p.tsv", "--json"]),
      as: Report.self)
    #expect(report.count == 2)
    #expect(report.results.map(\.line) == [1, 2])
    #expect(report.results[0].rank == 1)
    #expect(report.results[1].rank != 1)
    #expect(report.top1 == 0.5)
    try workplace.write("the ___ dog.\tlazy\nThe ___ é\tx\n", to: "foreign.tsv")
    for (file, fault) in [
      ("none.tsv", "none.tsv: no such file; check the path"),
      (
        "foreign.tsv",
        "foreign.tsv:2: the model's tokenizer lacks 1 of its characters, 1 in all: "
          + "'é' (U+00E9) × 1; replace them, or train a new model"
      ),
    ] {
      let ending = try workplace.run(["evaluate", "--checkpoint", "run", "--phrases", file])
      #expect(ending.exitCode == 3)
      #expect(ending.faults == [fault])
    }
  }
}
