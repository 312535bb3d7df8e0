// Documents that go on over several segments: what they are does not depend on where they are cut.
import Testing
import Text

@Suite struct DocumentsCourseTests {
  private let folder: CorpusTestFolder

  init() throws { folder = try CorpusTestFolder() }

  /// Equal documents are told wherever they are cut.
  @Test func documentsHaveOneHashHoweverTheyAreCut() throws {
    let texts =
      (0..<60).map { "document \($0)\n" }
      + [SampleText.lines, .windows].map {
        String(decoding: $0.bytes, as: UTF8.self)
      } + ["document 7\n"]
    let path = try folder.write(texts.joined(separator: "\n<|endoftext|>\n").utf8, to: "text.txt")
    let expected = texts.map { text in
      var hash = DocumentHash()
      hash.append(Array(text.utf8)[...])
      return hash.value
    }
    #expect(Set(expected).count == texts.count - 1)
    for name in [path, try folder.compress(path)] {
      for length in [64, 100, 1_000, 1 << 20] {
        let parts = try ReadDocuments([name], length: length)
        var open = DocumentHash()
        let found = parts.segments.flatMap { SegmentHashes($0).ended(&open) }
        #expect(found == expected, "segments of \(length) bytes")
      }
    }
  }

  /// What is left of a document is nothing where all of it was comments, wherever it is cut.
  @Test(arguments: [64, 100, 1_000, 1 << 20])
  func documentsThatAreCleanedAwayAreNone(_ length: Int) throws {
    let comments = String(repeating: "# nothing but a comment\n", count: 30)
    let text = ["one\n", comments, "two\n" + comments, comments + "three\n", comments]
      .joined(separator: "<|endoftext|>\n")
    let path = try folder.write(text.utf8, to: "text.txt")
    var cleaning = TextCleaning()
    cleaning.commentPrefix = "#"
    var course = DocumentCourse()
    var found: [UInt8] = []
    var ends: [Int] = []
    var begins: [Int] = []
    for var segment in try ReadDocuments([path], length: length, cleaning).segments {
      course.settle(&segment)
      course.pass(segment.outline)
      for (index, document) in segment.documents.enumerated() where index > 0 || !segment.continues
      {
        begins.append(found.count + document.lowerBound)
      }
      #expect(segment.counts.documents == segment.documentEnds.count)
      ends += segment.documentEnds.map { found.count + $0 }
      found += segment.text
    }
    #expect(found == Array("onetwo\nthree".utf8))
    #expect(ends == [3, 7, 12] && begins == [0, 3, 7] && course.endCount == 3)
  }
}
