// Files of tokens: what is written is read, and what is damaged is refused.
import FoundationEssentials
import Testing
import Text

/// A vocabulary of any size.
private struct CountingTokenizer: Tokenizer {
  let kind = TokenizerKind.bpe
  let vocabularySize: Int
  let endOfText: Int32? = nil
  func encode(_ text: [UInt8], specialTokens: Bool) -> [Int32] { text.map { Int32($0) } }
  func bytes(of token: Int32) -> [UInt8] { [UInt8(truncatingIfNeeded: token)] }
  func decode(_ tokens: [Int32]) -> [UInt8] { tokens.flatMap { bytes(of: $0) } }
  var json: String { "\(vocabularySize)" }
}

@Suite struct TokenFileTests {
  private let folder: CorpusTestFolder
  private var path: String { folder.path + "/train.tokens" }

  init() throws { folder = try CorpusTestFolder() }

  private func write(_ tokens: [Int32], ends: [Int], vocabularySize: Int = 300) throws {
    let writer = try TokenFileWriter(
      path: path, tokenizer: CountingTokenizer(vocabularySize: vocabularySize))
    // In three parts, the second of which is empty.
    let half = tokens.count / 2
    for (range, ends) in [
      (0..<half, ends.filter { $0 <= half }), (half..<half, []),
      (half..<tokens.count, ends.filter { $0 > half }.map { $0 - half }),
    ] {
      try writer.append(
        TokenBytes.packed(Array(tokens[range]), vocabularySize: vocabularySize)[...], ends: ends,
        text: (bytes: 10 * range.count, characters: 3 * range.count))
    }
    try writer.finish()
  }

  /// A million tokens and 200,000 documents do not fit the writer's buffers.
  @Test(arguments: [(65_536, 2, 10), (65_537, 4, 10), (65_536, 2, 1_000_000), (70_000, 4, 600_000)])
  func tokensAreReadAsTheyWereWritten(_ size: Int, _ width: Int, _ count: Int) throws {
    let tokens = (0..<count).map { Int32(truncatingIfNeeded: ($0 &* 40_503) % size) }
    let ends = stride(from: 3, through: count, by: 5).map { $0 }
    try write(tokens, ends: ends, vocabularySize: size)
    let file = try TokenFile(path: path)
    try file.verify()
    #expect(file.header.width == width && file.header.vocabularySize == size)
    #expect(file.header.textByteCount == 10 * count && file.header.textCharacterCount == 3 * count)
    #expect(folder.contents(of: "train.tokens")?.count == 128 + count * width + ends.count * 8)

    let sequence = TokenSequence(file)
    #expect(sequence.count == count && sequence.documentCount == ends.count)
    var copy = [Int32](repeating: -7, count: count + 2)
    try sequence.copy(0..<count, into: &copy, at: 1)
    let agrees = copy == [-7] + tokens + [-7] && (0..<count).map { sequence[$0] } == tokens
    #expect(agrees)
    let endsAgree = ends.indices.map { sequence.documentEnd($0) } == ends
    #expect(endsAgree)
    #expect(try folder.names(in: ".") == ["train.tokens"])

    let received = try TokenSequence(bytes: sequence.bytes)
    #expect(
      received.bytes.count < 200 && received == sequence && received[count - 1] == tokens[count - 1]
    )
  }

  @Test func theFormIsFixed() throws {
    try write([1, 258], ends: [1], vocabularySize: 300)
    let bytes = try #require(folder.contents(of: "train.tokens"))
    #expect(Array(bytes[..<16]) == Array("TRTOKENS".utf8) + [1, 0, 0, 0, 2, 0, 0, 0])
    #expect(Array(bytes[16..<32]) == [44, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[128...]) == [1, 0, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0])
  }

  /// Until it is complete, nothing stands in the file's place.
  @Test func aWriterThatGivesUpLeavesTheOldFile() throws {
    try write([1, 2, 3], ends: [3])
    let before = folder.contents(of: "train.tokens")
    do {
      let writer = try TokenFileWriter(path: path, tokenizer: CountingTokenizer(vocabularySize: 9))
      try writer.append([1, 0], ends: [], text: (1, 1))
    }
    #expect(folder.contents(of: "train.tokens") == before)
    #expect(try folder.names(in: ".") == ["train.tokens"])
  }

  /// What needs room on the disk comes before the old files go.
  @Test func aFolderStaysUntilTheNewFilesAreComplete() throws {
    let tokenizer = CountingTokenizer(vocabularySize: 9)
    func replace() throws {
      var writers: [Split: TokenFileWriter] = [:]
      for split in [Split.training, .validation] {
        writers[split] = try TokenFileWriter(
          path: split.path(in: folder.path), tokenizer: tokenizer)
        try writers[split]?.append([1, 0], ends: [1], text: (1, 1))
      }
      try PreparedText.replace(
        with: writers, tokenizer,
        PreparedManifest(
          order: PreparationOrder(training: [], tokenizing: .init(kind: "bpe")), counts: [:],
          tokenizerFingerprint: tokenizer.fingerprint), folder: folder.path)
    }
    let files = ["manifest.json", "tokenizer.json", "train.tokens", "validation.tokens"]
    for name in files { try folder.write("old".utf8, to: name) }
    for name in ["manifest.json.partial", "tokenizer.json.partial", "validation.tokens.partial"] {
      // A folder cannot be written to, as a full disk cannot.
      try folder.write([], to: "\(name)/in the way")
      #expect(throws: CorpusError.self) { try replace() }
      for file in files { #expect(folder.contents(of: file) == Array("old".utf8), "\(name)") }
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      #expect(try folder.names(in: ".") == files)
    }
    try replace()
    #expect(try folder.names(in: ".") == files)
    for file in files { #expect(folder.contents(of: file) != Array("old".utf8)) }
  }

  @Test func aCompleteFileIsNotYetInPlace() throws {
    try write([1, 2, 3], ends: [3])
    let before = folder.contents(of: "train.tokens")
    let writer = try TokenFileWriter(path: path, tokenizer: CountingTokenizer(vocabularySize: 9))
    try writer.append([1, 0], ends: [1], text: (1, 1))
    try writer.complete()
    #expect(folder.contents(of: "train.tokens") == before)
    let size = folder.contents(of: "train.tokens.partial")?.count
    #expect(size == 128 + 2 + 8)
    try writer.finish()
    #expect(folder.contents(of: "train.tokens")?.count == size)
  }

  private func refusal(_ change: (inout [UInt8]) -> Void) throws -> String {
    try write([1, 2, 3, 299], ends: [4])
    var bytes = try #require(folder.contents(of: "train.tokens"))
    change(&bytes)
    try folder.write(bytes, to: "train.tokens")
    do {
      try TokenFile(path: path).verify()
      return "accepted"
    } catch { return "\(error)".replacing(folder.path + "/", with: "") }
  }

  @Test func damagedFilesAreRefused() throws {
    #expect(try refusal { _ in } == "accepted")
    for count in [0, 4] {
      #expect(
        try refusal { $0 = Array($0[..<count]) }
          == "train.tokens: not a token file of trainer; make one with: trainer data prepare")
    }
    #expect(try refusal { $0 = Array($0[..<50]) } == "train.tokens: its head is cut off")
    #expect(
      try refusal { $0.removeLast(9) }
        == "train.tokens: it has 135 of 144 bytes; it is truncated; prepare the text again")
    #expect(
      try refusal { $0.append(0) } == "train.tokens: it has 145 of 144 bytes; it is damaged")
    #expect(
      try refusal { $0[8] = 2 }
        == "train.tokens: version 2 is not known here; use a newer trainer")
    for place in [12, 31, 39] {
      #expect(try refusal { $0[place] ^= 0xff } == "train.tokens: its head is damaged", "\(place)")
    }
    for place in [24, 32] {
      #expect(try refusal { $0[place] ^= 1 }.contains(" of 1"), "\(place)")
    }
    for place in 128..<144 {
      #expect(
        try refusal { $0[place] ^= 0x10 }
          == "train.tokens: its tokens are damaged (SHA-256 differs); prepare the text again")
    }
  }

  @Test func foreignFilesAreRefused() throws {
    for bytes in [[UInt8](repeating: 7, count: 500), Array("TRTOKENX".utf8)] {
      try folder.write(bytes, to: "train.tokens")
      let error = #expect(throws: CorpusError.self) { try TokenFile(path: path) }
      #expect(error?.description.hasSuffix("make one with: trainer data prepare") == true)
    }
    #expect(throws: CorpusError.missingFile(path: "/absent.tokens")) {
      try TokenFile(path: "/absent.tokens")
    }
    #expect(throws: CorpusError.isDirectory(path: folder.path)) { try TokenFile(path: folder.path) }
  }

  /// Found where it is used: who trains does not read the whole file beforehand.
  @Test func idsBeyondTheVocabularyAreRefused() throws {
    try write([1, 2, 299, 300], ends: [4], vocabularySize: 300)
    let tokens = TokenSequence(try TokenFile(path: path))
    var copy = [Int32](repeating: 0, count: 4)
    try tokens.copy(0..<3, into: &copy, at: 0)
    #expect(
      throws: CorpusError.tokenOutOfRange(path: path, index: 3, token: 300, vocabularySize: 300)
    ) { try tokens.copy(1..<4, into: &copy, at: 0) }
    let sampler = BatchSampler(
      tokens, try WindowSampler(tokens, windowLength: 3, seed: 1, order: .permutation))
    var batch = Batch(rows: 1, columns: 3)
    #expect(throws: CorpusError.self) { try sampler.fill(&batch, samples: 0..<1) }
    // As 32 bits the largest id is negative.
    try write([1, -1], ends: [], vocabularySize: 70_000)
    let wide = TokenSequence(try TokenFile(path: path))
    #expect(
      throws: CorpusError.tokenOutOfRange(path: path, index: 1, token: -1, vocabularySize: 70_000)
    ) { try wide.copy(0..<2, into: &copy, at: 0) }
  }

  @Test func tokensOfAnotherTokenizerAreRefused() throws {
    try write([1, 2], ends: [2], vocabularySize: 300)
    let file = try TokenFile(path: path)
    try file.checkTokenizer(CountingTokenizer(vocabularySize: 300), name: "mine")
    let error = #expect(throws: CorpusError.self) {
      try file.checkTokenizer(CountingTokenizer(vocabularySize: 301), name: "mine")
    }
    #expect(
      error?.description == "\(path): these are tokens of another tokenizer than mine; "
        + "prepare the text with this one")
  }

  /// Ends beyond the text, which only damage can leave.
  @Test func documentsThatEndBeyondTheTextAreRefused() throws {
    try write([1, 2, 3, 4], ends: [2, 9])
    let tokens = TokenSequence(try TokenFile(path: path))
    #expect(throws: CorpusError.badTokenFile(path: path, reason: "document 1 ends at 9")) {
      try WindowLayout(tokens, windowLength: 2, documents: .pad)
    }
  }
}
