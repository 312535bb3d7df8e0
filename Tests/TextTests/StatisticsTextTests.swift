// Sizes, surprises, long lines, duplicates and overlap of small texts.
import Testing
import Text

@Suite struct StatisticsTextTests {
  private func statistics(_ documents: String..., chunk: Int = .max) -> TextStatistics {
    var statistics = TextStatistics()
    for document in documents {
      var rest = Array(document.utf8)[...]
      while !rest.isEmpty {
        statistics.add(rest.prefix(chunk))
        rest = rest.dropFirst(chunk)
      }
      statistics.endDocument()
    }
    return statistics
  }

  private static let mixed =
    "Größe\t1\r\n\u{200b}日本語 \u{ad}😀\r\n\u{7}bell \u{85}\u{fffd}\u{fffd}\n\n" + long + "\nend"
  private static let long = String(repeating: "lang ", count: 30)

  @Test(arguments: [1, 2, 3, 7, .max])
  func sizesAndSurprises(_ chunk: Int) {
    let found = statistics(Self.mixed, Self.long, "", chunk: chunk)
    #expect(found.byteCount == Self.mixed.utf8.count + 150)
    #expect(found.characterCount == Self.mixed.unicodeScalars.count + 150)
    #expect(found.lineCount == 7)
    #expect(found.documentCount == 2)
    #expect(found.windowsLineEndCount == 2)
    #expect(found.tabCount == 1)
    #expect(found.controlCount == 2)
    #expect(found.invisibleCount == 2)
    #expect(found.replacementCount == 2)
    #expect(found.longestLines.map(\.number) == [5, 7, 3])
    #expect(found.longestLines.map(\.length) == [150, 150, 9])
    #expect(found.longestLines[0].beginning == Array(Self.long.utf8.prefix(40)))
  }

  @Test func aLineEndIsNoPartOfALine() {
    let found = statistics("äö\r\nabc\r\n")
    #expect(found.longestLines.map(\.length) == [3, 2])
    #expect(found.lineCount == 2)
  }

  @Test func longLinesAndDocumentsAreCompared() {
    let line = String(repeating: "ä", count: 40)
    let short = String(repeating: "b", count: 39)
    let found = statistics(
      "\(line)\n\(line)x\n\(line)\n\(short)\n\(short)\n", line, "short", "short", "short\n")
    #expect(found.duplicateLines.total == 4 && found.duplicateLines.count == 2)
    #expect(found.duplicateLines.share == 0.5)
    #expect(found.duplicateDocuments.total == 5 && found.duplicateDocuments.count == 1)
    #expect(!found.duplicateLines.isEstimate)
  }

  @Test func documentsOfTheSameLinesInAnotherOrderDiffer() {
    #expect(statistics("a\nb\n", "b\na\n", "a\nb", "ab\n").duplicateDocuments.count == 0)
  }

  /// 6,000 lines, of which every third repeats one of the others, in room for 256.
  @Test func aSampleStandsForManyLines() {
    var found = TextStatistics(hashLimit: 256)
    for index in 0..<4_000 {
      let line = Array("line \(index) that is long enough to be compared with others\n".utf8)
      found.add(line[...])
      if index.isMultiple(of: 2) { found.add(line[...]) }
    }
    found.endDocument()
    #expect(found.duplicateLines.isEstimate && found.duplicateLines.total == 6_000)
    #expect(abs(found.duplicateLines.count - 2_000) < 400)
  }

  private func overlap(
    _ validation: String, _ training: String, chunk: Int = .max, limit: Int = TextOverlap.hashLimit
  ) -> TextOverlap {
    var overlap = TextOverlap(hashLimit: limit)
    func each(_ text: String, _ add: (ArraySlice<UInt8>) -> Void) {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        add(rest.prefix(chunk))
        rest = rest.dropFirst(chunk)
      }
    }
    each(validation) { overlap.addValidation($0) }
    overlap.endDocument()
    each(training) { overlap.addTraining($0) }
    return overlap
  }

  private static func numbers(_ range: Range<Int>) -> String {
    range.map { "Nr. \($0) ä " }.joined()
  }

  @Test(arguments: [1, 5, .max])
  func theShareOfKnownWindows(_ chunk: Int) {
    let known = Self.numbers(1_000..<1_100)
    #expect(overlap(known, "x" + known + "y", chunk: chunk).share == 1)
    #expect(overlap(known, Self.numbers(2_000..<3_000), chunk: chunk).share == 0)
    // 1,100 known characters hold 1,051 windows of 50, and there are 2,200 - 49 windows.
    let half = known + Self.numbers(5_000..<5_100)
    let share = overlap(half, known, chunk: chunk).share ?? 0
    #expect(abs(share - 1_051.0 / 2_151) < 1e-12)
  }

  @Test func aShortTextHasNoWindow() {
    let text = String(repeating: "ä", count: 50)
    #expect(overlap(String(text.dropLast()), text).share == nil)
    #expect(overlap(text, text).share == 1)
    // Nor has a match that only begins in the one document.
    var parts = TextOverlap()
    parts.addValidation(Array(text.utf8)[...])
    parts.addTraining(Array(text.utf8).dropLast(2))
    parts.endDocument()
    parts.addTraining(Array("ä".utf8)[...])
    #expect(parts.share == 0)
  }

  @Test func aSampleOfWindowsStandsForAll() {
    let known = Self.numbers(1_000..<3_000)
    let found = overlap(known + Self.numbers(4_000..<6_000), known, limit: 1_000)
    #expect(found.isEstimate)
    #expect(abs((found.share ?? 0) - 0.5) < 0.08)
  }

  @Test func tokensByFrequency() throws {
    let tokens = TokenSequence([3, 1, 1, 0, 3, 1], vocabularySize: 5)
    let found = try TokenStatistics(tokens, vocabularySize: 5)
    #expect(found.tokenCount == 6 && found.usedCount == 3 && found.vocabularySize == 5)
    #expect(found.mostFrequent(2).map(\.token) == [1, 3])
    #expect(found.mostFrequent(9).map(\.count) == [3, 2, 1])
    #expect(found.byteCount(bytesPerToken: [1, 2, 9, 4, 9]) == 15)
  }

  @Test(
    arguments: [
      (Array(" the".utf8), "\" the\""), (Array("a\tb\r\n".utf8), "\"a\\tb\\r\\n\""),
      (Array("\"\\".utf8), "\"\\\"\\\\\""), ([0xe6, 0x97], "\"\\xE6\\x97\""),
      (Array("日\u{200b}\u{1b}[0m".utf8), "\"日\\u{200B}\\u{1B}[0m\""),
      (Array("\u{202e}\u{85}\u{7f}".utf8), "\"\\u{202E}\\u{85}\\u{7F}\""),
    ] as [([UInt8], String)])
  func textIsShownReadably(_ bytes: [UInt8], _ shown: String) {
    #expect(ReadableText.quoted(bytes) == shown)
  }

  @Test func longTextIsCut() {
    #expect(ReadableText.quoted(Array("äöü".utf8), limit: 2) == "\"äö…\"")
    #expect(ReadableText.quoted(Array("äöü".utf8), limit: 3) == "\"äöü\"")
  }
}
