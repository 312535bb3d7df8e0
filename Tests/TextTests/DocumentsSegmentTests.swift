// A corpus in segments is the corpus, whoever reads them and however short they are.
import Testing
import Text

@Suite struct DocumentsSegmentTests {
  private let folder: CorpusTestFolder

  init() throws { folder = try CorpusTestFolder() }

  /// The documents of files, the same for every number of readers and length of segments.
  @discardableResult
  private func documents(
    _ names: [String], _ cleaning: TextCleaning = TextCleaning()
  ) throws -> ReadDocuments {
    let whole = try ReadDocuments(names, cleaning)
    for length in [64, 200, 1_000] {
      for readers in 1...4 {
        let parts = try ReadDocuments(names, length: length, readers: readers, cleaning)
        let agrees = parts == whole
        #expect(agrees, "segments of \(length) bytes, \(readers) readers")
        #expect(length > 200 || parts.segments.count > 4)
      }
    }
    return whole
  }

  @Test(arguments: SampleText.allCases)
  func segmentsTogetherAreTheText(_ sample: SampleText) throws {
    let path = try folder.write(sample.bytes, to: "text.txt")
    let whole = try documents([path])
    let hasMarkers = sample.bytes.contains(UInt8(ascii: "<")) && sample != .angles
    #expect(hasMarkers ? whole.ends.count > 5 : whole.text == sample.bytes)
    let compressed = try documents([folder.compress(path)])
    let agrees = compressed == whole
    #expect(agrees)
  }

  @Test(arguments: SampleText.allCases)
  func cleanedSegmentsTogetherAreTheCleanedText(_ sample: SampleText) throws {
    var cleaning = TextCleaning()
    (cleaning.commentPrefix, cleaning.removesBlankLines) = ("#", true)
    cleaning.unifiesLineEnds = true
    let path = try folder.write(sample.bytes, to: "text.txt")
    // Nothing is a line where there are none: a cut is as good as a line's end.
    if [.noSpace, .noSpaceMarkers, .chinese, .russianWords].contains(sample) { return }
    let whole = try documents([path], cleaning)
    let compressed = try documents([folder.compress(path)], cleaning)
    let agrees = compressed == whole
    #expect(agrees)
    #expect(!whole.text.contains(UInt8(ascii: "\r")) && !whole.text.contains(UInt8(ascii: "#")))
  }

  /// The same documents by hand.
  @Test func markersAndTheirLinesEndDocuments() throws {
    let marker = "<|endoftext|>"
    let text =
      "one\n\(marker)\ntwo\(marker)three\r\n\(marker)\r\n\r\n\(marker)\n\(marker)four\n\n\(marker)"
    let path = try folder.write(text.utf8, to: "text.txt")
    #expect(
      try ReadDocuments([path]).documents == ["one", "two", "three", "four\n"])
  }

  @Test func linesOfJSONAreDocuments() throws {
    let texts = (0..<40).map { index in
      String(
        repeating: "Zeile \(index) \"ä\\ 😀\n<|endoftext|>", count: index % 7 == 0 ? 30 : index % 3)
    }
    let lines = texts.enumerated().map { index, text in
      let escaped = text.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#)
        .replacing("\n", with: #"\n"#).replacing("😀", with: #"\ud83d\ude00"#)
      return #"{"id": \#(index), "text": "\#(escaped)", "more": [{}, null]}"#
    }
    for separator in ["\n", "\r\n", "\n\n  \n"] {
      let path = try folder.write(lines.joined(separator: separator).utf8, to: "text.jsonl")
      let whole = try documents([path])
      #expect(whole.documents == texts.filter { !$0.isEmpty })
      let agrees = try documents([folder.compress(path)]) == whole
      #expect(agrees)
    }
  }

  @Test func manyFilesAreReadInTheirOrder() throws {
    var names: [String] = []
    var texts: [String] = []
    for index in 0..<60 {
      let text =
        index == 17 ? "" : String(repeating: "Datei \(index)\n", count: 1 + index * index % 23)
      let isLong = index == 30
      let path = try folder.write(
        (isLong ? String(repeating: text, count: 20) : text).utf8, to: "\(100 + index).txt")
      names.append(index % 9 == 4 || isLong ? try folder.compress(path) : path)
      texts.append(isLong ? String(repeating: text, count: 20) : text)
    }
    let whole = try documents(names)
    #expect(whole.documents == texts.filter { !$0.isEmpty })
  }

  @Test func mixedListsAreReadInTheOrderNamed() throws {
    let plain = try folder.write(SampleText.windowsMarkers.bytes, to: "b.txt")
    let chinese = try folder.write(SampleText.chineseMarkers.bytes, to: "a.md")
    let lines = try folder.write(
      (0..<50).map { "{\"text\": \"\($0)\"}\n" }.joined().utf8, to: "c.ndjson")
    let empty = try folder.write([], to: "empty.txt")
    let names = [plain, try folder.compress(chinese), lines, empty, try folder.compress(plain)]
    let whole = try documents(names)
    let parts = try names.map { try ReadDocuments([$0]) }
    #expect(whole.text == parts.flatMap(\.text))
    #expect(whole.documents == parts.flatMap(\.documents))
  }

  /// More than is read ahead, and longer than a segment many times over.
  @Test func aLongCompressedTextIsReadToItsEnd() throws {
    let text = (0..<40_000).map { "line \($0)\n" }.joined()
    let path = try folder.compress(folder.write(text.utf8, to: "text.txt"))
    for length in [1_000, 100_000] {
      for readers in [1, 3] {
        let read = try ReadDocuments([path], length: length, readers: readers)
        let agrees = read.text == Array(text.utf8)
        #expect(agrees && read.ends == [text.utf8.count])
        #expect(read.segments.allSatisfy { $0.text.count < length + 100 })
      }
    }
  }

  @Test func membersOfAGzipFileAreOneText() throws {
    var bytes: [UInt8] = []
    var text: [UInt8] = []
    for index in 0..<5 {
      let part = Array("member \(index): \(String(repeating: "ab ", count: 1 + 40 * index))".utf8)
      let path = try folder.write(index == 2 ? [] : part, to: "\(index).txt")
      _ = try folder.compress(path)
      bytes += try #require(folder.contents(of: "\(index).txt.gz"))
      if index != 2 { text += part }
    }
    let path = try folder.write(bytes, to: "all.txt.gz")
    #expect(try documents([path]).text == text)
    #expect(try CorpusBuilder.documents(at: path).bytes == text)
  }

  /// Tokens of the segments are the tokens of the text, in which nothing but words and lines are
  /// there to cut between.
  @Test(arguments: SampleText.allCases)
  func tokensOfSegmentsAreTheTokensOfTheText(_ sample: SampleText) throws {
    // Where nothing is to be seen, a cut may part a token.
    if [.noSpace, .noSpaceMarkers, .windowsNoSpace, .angles].contains(sample) { return }
    let path = try folder.write(sample.bytes, to: "text.txt")
    let whole = try ReadDocuments([path])
    let spread: Spread = { count, body in for task in (0..<count).reversed() { body(task) } }
    let tokenizers: [any Tokenizer] = [
      try CharacterTokenizer(text: sample.bytes + [0x0a]), try SmallVocabulary.tokenizer(),
      try sample.bytePairTokenizer(),
    ]
    for tokenizer in tokenizers {
      let separator = DocumentSeparator(tokenizer, documentCount: 2)
      let encoder = SegmentEncoder(tokenizer, separator)
      var expected: [Int32] = []
      var ends: [Int] = []
      for document in whole.documents {
        var bytes = Array(document.utf8)
        if separator == .lineBreak && bytes.last != 0x0a { bytes.append(0x0a) }
        expected += try tokenizer.encode(bytes)
        if let end = tokenizer.endOfText { expected.append(end) }
        ends.append(expected.count)
      }
      for segments in [whole.segments, try ReadDocuments([path], length: 200, readers: 3).segments]
      {
        let encoded = try segments.map { try encoder.encode($0, spread: spread) }
        let parts = encoded.map { TokenSequence($0, vocabularySize: tokenizer.vocabularySize) }
        let tokens = parts.flatMap { part in (0..<part.count).map { part[$0] } }
        let agrees = tokens == expected
        #expect(agrees, "\(tokenizer.kind), \(segments.count) segments")
        var start = 0
        let found = parts.flatMap { part in
          defer { start += part.count }
          return (0..<part.documentCount).map { start + part.documentEnd($0) }
        }
        #expect(found == ends)
      }
    }
  }

  /// Longer than what one thread takes at a time.
  @Test func aLongDocumentIsEncodedInParts() throws {
    let text = Array((0..<30_000).map { "the thing \($0) in it\n" }.joined().utf8)
    var taskCount = 0
    let spread: Spread = { count, body in
      taskCount = count
      for task in (0..<count).reversed() { body(task) }
    }
    let tokenizer = try SmallVocabulary.tokenizer()
    let encoded = try SegmentEncoder(tokenizer, .none).encode(
      Segment(DocumentText(text)), spread: spread)
    let tokens = TokenSequence(encoded, vocabularySize: tokenizer.vocabularySize)
    #expect(taskCount > 5)
    let agrees = (0..<tokens.count).map { tokens[$0] } == tokenizer.encode(text)
    #expect(agrees)
    #expect(tokens.documentCount == 1 && tokens.documentEnd(0) == tokens.count)

    let unknown = text + Array("ä".utf8)
    let characters = SegmentEncoder(try CharacterTokenizer(text: text), .none)
    #expect(
      throws: TokenizerError.unknownCharacter(
        "ä", position: TextPosition(line: 30_001, column: 1), byteOffset: text.count)
    ) { try characters.encode(Segment(DocumentText(unknown)), spread: spread) }
  }
}
