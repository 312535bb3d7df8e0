// Byte-pair encoding with a small vocabulary: merges, round trips, threads.
import Testing
import Text

@Suite struct TokenizerBytePairTests {
  let tokenizer: BytePairTokenizer

  init() throws { tokenizer = try SmallVocabulary.tokenizer() }

  /// A Bool, because the report of two unequal arrays would list their differences for minutes.
  private func comesBack(_ text: [UInt8]) -> Bool {
    tokenizer.decode(tokenizer.encode(text)) == text
  }

  private func written(_ text: String) -> [String] {
    tokenizer.encode(Array(text.utf8)).map {
      String(decoding: ByteAlphabet.text(of: tokenizer.bytes(of: $0)), as: UTF8.self)
    }
  }

  @Test func mergesTheLowestRankFirstAndTheLeftmostOfEquals() {
    #expect(written("the") == ["the"])
    #expect(written(" the thing") == ["Ġthe", "Ġth", "ing"])
    // "th" outranks "he", "Ġth" outranks "the".
    #expect(written("hethe") == ["he", "the"])
    // "nt" is in sight first, but "th" and then "in" outrank "nth".
    #expect(written("inth") == ["in", "th"])
    #expect(written("aaaaaaa") == ["aaaa", "aa", "a"])
  }

  @Test func idsAreThoseOfTheVocabularyFile() {
    let count = tokenizer.vocabularySize
    #expect(count == 256 + SmallVocabulary.merges.count + 1)
    #expect(tokenizer.encode([0]) == [Int32(count - 1)])
    #expect(tokenizer.encode(Array("th".utf8)) == [Int32(count - 1 - 256)])
    #expect(tokenizer.endOfText == 0)
  }

  @Test func theMarkerIsNeverReadFromText() throws {
    let marker = Array("<|endoftext|>".utf8)
    let endOfText = try #require(tokenizer.endOfText)
    #expect(!tokenizer.encode(marker).contains(endOfText))
    #expect(tokenizer.bytes(of: endOfText) == marker)
  }

  @Test func mergesDoNotCrossPieces() {
    #expect(written("a\r\n\u{e9}") == ["a", "č", "Ċ", "Ã©"])
    #expect(written("t h") == ["t", "Ġ", "h"])
  }

  @Test(arguments: Samples.texts)
  func decodingGivesTheSameBytes(text: [UInt8]) {
    #expect(comesBack(text))
  }

  @Test func decodingRandomBytesGivesTheSameBytes() {
    for seed in 0..<200 {
      let bytes = Samples.randomBytes(seed * 3, seed: UInt64(seed))
      #expect(comesBack(bytes))
      let text = Samples.randomText(seed, seed: UInt64(seed))
      #expect(comesBack(text))
    }
  }

  /// Short words are scanned, long ones go through a heap; the limit lies at 48 bytes.
  @Test func wordsOfAnyLengthMergeAsTheNaiveWay() {
    let letters = Array("thheaing")
    let naive = NaiveMerging()
    for count in Array(1...60) + [100, 200, 300] {
      for seed in 0..<4 {
        let bytes = Samples.randomBytes(count, seed: UInt64(4 * count + seed))
        let word = String(bytes.map { letters[Int($0) % letters.count] })
        #expect(written(word) == naive.tokens(of: word))
      }
    }
  }

  /// A quadratic merge of the long word, or scan of the white space, would take minutes.
  @Test(.timeLimit(.minutes(1)))
  func noTextIsQuadratic() {
    let texts = [
      [UInt8](repeating: 0x61, count: 1 << 20), [UInt8](repeating: 0x20, count: 1 << 20),
      Samples.randomBytes(1 << 20, seed: 1), Array(String(repeating: "\n ", count: 1 << 19).utf8),
      Array(String(repeating: "the", count: 1 << 19).utf8),
    ]
    for text in texts { #expect(comesBack(text)) }
  }

  @Test func severalThreadsEncodeAtOnce() async {
    let texts = (0..<8).map { Samples.randomText(3000, seed: UInt64($0)) + Samples.texts[11] }
    let expected = texts.map { tokenizer.encode($0) }
    await withTaskGroup(of: Bool.self) { group in
      for round in 0..<64 {
        group.addTask { tokenizer.encode(texts[round % 8]) == expected[round % 8] }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}
