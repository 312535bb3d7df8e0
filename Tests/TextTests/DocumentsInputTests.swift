// What users name as their text, and what cannot be read of it.
import FoundationEssentials
import Testing
import Text

@Suite struct DocumentsInputTests {
  private let folder: CorpusTestFolder

  init() throws { folder = try CorpusTestFolder() }

  private func names(_ input: String) throws -> [String] {
    try InputFile.all(of: [input]).map { $0.path.replacing(folder.path + "/", with: "") }
  }

  /// The error of reading, with its line where it has one, for any length of segments and readers.
  private func fault(
    _ name: String, _ cleaning: TextCleaning = TextCleaning()
  ) throws -> CorpusError? {
    let whole = #expect(throws: CorpusError.self) { try ReadDocuments([name], cleaning) }
    for readers in 1...3 {
      let part = #expect(throws: CorpusError.self) {
        try ReadDocuments([name], length: 64, readers: readers, cleaning)
      }
      #expect(part == whole, "\(readers) readers")
    }
    return whole?.withLineNumber
  }

  @Test func foldersAndPatternsAreSortedAndReadWhole() throws {
    for name in [
      "in/b.txt", "in/B.md", "in/a/z.text", "in/a/y.jsonl.gz", "in/.hidden.txt", "in/.git/x.txt",
      "in/image.png", "in/c.txt.gz", "in/d.ndjson", "in/10.txt", "in/9.txt",
    ] { try folder.write("x".utf8, to: name) }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/in/loop", withDestinationPath: folder.path + "/in")
    let inside = [
      "10.txt", "9.txt", "B.md", "a/y.jsonl.gz", "a/z.text", "b.txt", "c.txt.gz", "d.ndjson",
    ]
    for name in ["in", "in/"] {
      #expect(try names("\(folder.path)/\(name)") == inside.map { "in/" + $0 })
    }
    #expect(try names("\(folder.path)/in/*.txt") == ["in/10.txt", "in/9.txt", "in/b.txt"])
    #expect(try names("\(folder.path)/in/[a-c].t?t") == ["in/b.txt"])
    let formats = try InputFile.all(of: ["\(folder.path)/in/a"])
    #expect(formats.map(\.format) == [.jsonLines, .text])
    #expect(formats.map(\.isCompressed) == [true, false])
  }

  /// As on disks that know no small letters.
  @Test func endingsAreInAnyCase() throws {
    for name in ["in/A.TXT", "in/b.Md", "in/c.JSONL", "in/d.Text.GZ", "in/e.PNG"] {
      try folder.write("x".utf8, to: name)
    }
    let files = try InputFile.all(of: [folder.path + "/in"])
    #expect(
      try names(folder.path + "/in") == ["in/A.TXT", "in/b.Md", "in/c.JSONL", "in/d.Text.GZ"])
    #expect(files.map(\.format) == [.text, .text, .jsonLines, .text])
    #expect(files.map(\.isCompressed) == [false, false, false, true])
  }

  /// JSON can write what no text can hold.
  @Test func halvesOfSurrogatePairsAreReplacedWhereAsked() throws {
    let line = #"{"text": "a\ud83db\ude00c\ud83d\ud83d\ude00\ud800\n"}"#
    let path = try folder.write((line + "\n" + line).utf8, to: "text.jsonl")
    let error = #expect(throws: CorpusError.self) { try ReadDocuments([path]) }
    #expect(error?.description.hasSuffix("half of a surrogate pair") == true)
    var cleaning = TextCleaning()
    cleaning.replacesInvalid = true
    let read = try ReadDocuments([path], cleaning)
    let text = "a\u{fffd}b\u{fffd}c\u{fffd}😀\u{fffd}\n"
    #expect(read.documents == [text, text])
    #expect(read.counts.replacedBytes == 8)
  }

  @Test func whatHoldsNoTextIsNamed() throws {
    try folder.write("x".utf8, to: "images/cat.png")
    let images = folder.path + "/images"
    let empty = #expect(throws: CorpusError.self) { try InputFile.all(of: [images]) }
    #expect(
      empty?.description == "\(images): there is no text file in this folder; names end in "
        + ".txt, .text, .md, .jsonl, .ndjson, or in one of these and .gz")
    let pattern = images + "/*.txt"
    #expect(throws: CorpusError.missingFile(path: pattern)) { try InputFile.all(of: [pattern]) }
    #expect(throws: CorpusError.missingFile(path: images + "/a.txt")) {
      try InputFile.all(of: [images + "/a.txt"])
    }
  }

  /// A file whose name looks like a pattern is that file.
  @Test func aFileIsNoPattern() throws {
    try folder.write("x".utf8, to: "notes [1].txt")
    #expect(try names("\(folder.path)/notes [1].txt") == ["notes [1].txt"])
  }

  @Test(arguments: [0, 63, 64, 1_000, 3_998])
  func theFirstInvalidByteIsNamedWhereverItIs(_ offset: Int) throws {
    var bytes = SampleText.lines.bytes
    bytes[offset] = 0xff
    bytes[offset + 700 < bytes.count ? offset + 700 : offset] = 0xc0
    let path = try folder.write(bytes, to: "bad.txt")
    #expect(try fault(path) == .invalidUTF8(path: path, offset: offset))
    let compressed = try folder.compress(path)
    #expect(try fault(compressed) == .invalidUTF8(path: compressed, offset: offset))
  }

  @Test func invalidBytesAreReplacedWhereAsked() throws {
    var bytes = SampleText.lines.bytes
    let places = [0, 1, 64, 65, 200, 1_999, bytes.count - 1]
    for place in places { bytes[place] = 0xff }
    var cleaning = TextCleaning()
    cleaning.replacesInvalid = true
    let path = try folder.write(bytes, to: "bad.txt")
    let whole = try ReadDocuments([path], cleaning)
    #expect(whole.text == Array(String(decoding: bytes, as: UTF8.self).utf8))
    #expect(whole.counts.replacedBytes == places.count)
    for name in [path, try folder.compress(path)] {
      let agrees = try ReadDocuments([name], length: 64, readers: 3, cleaning) == whole
      #expect(agrees)
    }
  }

  @Test(arguments: [
    (#"{"text": "a""#, 3, "column 13: "), (#"["text"]"#, 3, "column 1: "),
    (#"{"title": "a"}"#, 3, "column 1: neither \"text\" nor \"messages\" in this object"),
    (#"{"text": 7}"#, 3, "column 10: "), (#"{"text": "a"} {}"#, 3, "column 15: "),
    (
      #"{"messages": [{"role": "user"}]}"#, 3, "column 15: a message needs \"role\" and \"content\""
    ),
    (#"{"messages": [{"role": "user", "content": null}]}"#, 3, "column 43: "),
    ("plain text", 3, "column 1: "),
  ])
  func aBadLineIsNamedWithItsNumberAndReason(_ line: String, _ number: Int, _ reason: String) throws
  {
    let good = #"{"text": "a"}"# + "\n"
    let path = try folder.write((good + "\n" + line + "\n" + good).utf8, to: "chat.jsonl")
    for name in [path, try folder.compress(path)] {
      let error = #expect(throws: CorpusError.self) { try CorpusBuilder.documents(at: name) }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("\(name):\(number): \(reason)"), "\(text)")
    }
  }

  @Test func aBadLineIsFoundDeepInAFile() throws {
    let lines = (0..<300).map { "{\"text\": \"line \($0)\"}\n" }
    let text = lines[..<200].joined() + "{}\n" + lines[200...].joined() + "{}\n"
    let path = try folder.write(text.utf8, to: "deep.jsonl")
    for name in [path, try folder.compress(path)] {
      let error = try fault(name)
      guard case .badLine(name, let offset, 201, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(offset == lines[..<200].joined().utf8.count)
    }
  }

  @Test func chatsAreLinesOfTheirMessages() throws {
    let chat = #"""
      {"messages": [{"role": "user", "content": "Hi, \"you\"!\nWho?"}, {"name": "x", "content": "Me.", "role": "assistant"}], "id": 7}
      {"text": "plain"}
      {"messages": [{"role": "Ärztin", "content": ""}]}
      """#
    let path = try folder.write(chat.utf8, to: "chat.jsonl")
    #expect(
      try ReadDocuments([path]).documents == [
        "User: Hi, \"you\"!\nWho?\nAssistant: Me.\n", "plain", "Ärztin: \n",
      ])
  }

  @Test func damagedGzipIsNamed() throws {
    let path = try folder.compress(folder.write(SampleText.lines.bytes, to: "text.txt"))
    let bytes = try #require(folder.contents(of: "text.txt.gz"))
    func reason(_ bytes: [UInt8]) throws -> String {
      try folder.write(bytes, to: "text.txt.gz")
      let error = try fault(path)
      guard case .unreadableFile(path, let reason) = error else { return "\(error as Any)" }
      return reason
    }
    for count in [0, 5, bytes.count / 2, bytes.count - 1] {
      #expect(try reason(Array(bytes[..<count])) == "it ends early; is it truncated?")
    }
    #expect(try reason(SampleText.lines.bytes) == "it is not gzip, or damaged")
    var flipped = bytes
    flipped[bytes.count / 2] ^= 0x10
    #expect(throws: CorpusError.self) {
      try folder.write(flipped, to: "text.txt.gz")
      _ = try ReadDocuments([path])
    }
  }

  /// As gzip does with what fills up a tape's last block.
  @Test(arguments: [1, 511, 200_000])
  func zerosBehindGzipAreNothing(_ count: Int) throws {
    let path = try folder.compress(folder.write(SampleText.lines.bytes, to: "text.txt"))
    let member = try #require(folder.contents(of: "text.txt.gz"))
    try folder.write(member + [UInt8](repeating: 0, count: count), to: "text.txt.gz")
    #expect(try ReadDocuments([path]).text == SampleText.lines.bytes)
    try folder.write(member + [UInt8](repeating: 0, count: count) + [7], to: "text.txt.gz")
    #expect(throws: CorpusError.self) { try ReadDocuments([path]) }
  }
}
