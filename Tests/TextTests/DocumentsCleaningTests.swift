// What is taken out of a text, and what is said about it.
import Testing
import Text

@Suite struct DocumentsCleaningTests {
  private let folder: CorpusTestFolder
  private static let text = """
    # title
    first
      # indented
    \t
    second # not a comment

    \r
    third\r
    #last
    """

  init() throws { folder = try CorpusTestFolder() }

  private func read(_ change: (inout TextCleaning) -> Void) throws -> ReadDocuments {
    var cleaning = TextCleaning()
    change(&cleaning)
    let path = try folder.write(Self.text.utf8, to: "text.txt")
    return try ReadDocuments([path], cleaning)
  }

  @Test func nothingIsChangedUnasked() throws {
    let read = try read { _ in }
    #expect(read.text == Array(Self.text.utf8))
    let counts = read.counts
    #expect(counts.bytes == Self.text.utf8.count && counts.documents == 1)
    #expect(counts.windowsLines == 2)
    #expect(counts.commentLines == 0 && counts.blankLines == 0 && counts.replacedBytes == 0)
  }

  @Test func commentLinesGo() throws {
    let read = try read { $0.commentPrefix = "#" }
    #expect(
      read.text == Array("first\n\t\nsecond # not a comment\n\n\r\nthird\r\n".utf8))
    #expect(read.counts.commentLines == 3 && read.counts.blankLines == 0)
  }

  @Test func blankLinesGo() throws {
    let read = try read { $0.removesBlankLines = true }
    #expect(
      read.text
        == Array("# title\nfirst\n  # indented\nsecond # not a comment\nthird\r\n#last".utf8))
    #expect(read.counts.blankLines == 3 && read.counts.commentLines == 0)
    #expect(read.counts.windowsLines == 1)
  }

  @Test func lineEndsOfWindowsBecomeThoseOfUnix() throws {
    let read = try read { $0.unifiesLineEnds = true }
    #expect(read.text == Array(Self.text.replacing("\r\n", with: "\n").utf8))
    #expect(read.counts.windowsLines == 2)
  }

  @Test func charactersAreCounted() throws {
    let path = try folder.write("aä€😀\u{301}".utf8, to: "text.txt")
    #expect(try ReadDocuments([path]).counts.characters == 5)
  }

  @Test func aDocumentIsNewOnce() {
    var seen = SeenDocuments()
    // More than the first table holds, and 0, which marks a free slot.
    for hash in 0..<20_000 as Range<UInt64> {
      let isNew = seen.insert(hash &* 0x9e37_79b9_7f4a_7c15)
      #expect(isNew)
    }
    for hash in 0..<20_000 as Range<UInt64> {
      let isNew = seen.insert(hash &* 0x9e37_79b9_7f4a_7c15)
      #expect(!isNew)
    }
  }
}
