// Documents that are longer than what is read at a time.
import Testing
import Text
import Training

struct LongDocumentTests {
  private let folder: TestFolder
  private let prepared: PreparedFolder

  init() throws {
    folder = try TestFolder()
    prepared = PreparedFolder(folder: folder)
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
}
