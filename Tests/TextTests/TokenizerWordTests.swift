// Words, marks, blanks and what is unknown.
import Testing
import Text

@Suite struct TokenizerWordTests {
  private func tokenizer(
    _ text: String, size: Int = 10_000, frequency: Int = 1, special: [String] = [],
    common: Bool = false
  ) throws -> WordTokenizer {
    var settings = TokenizerSettings(kind: .word, vocabularySize: size)
    settings.minimumFrequency = frequency
    settings.specialTokens = special
    settings.commonWords = common
    var trainer = try settings.trainer()
    try trainer.add(Array(text.utf8)[...])
    return try #require(try trainer.finish() as? WordTokenizer)
  }

  private func words(_ tokenizer: WordTokenizer, _ text: String) throws -> [String] {
    try tokenizer.encode(Array(text.utf8)).map {
      String(decoding: tokenizer.bytes(of: $0), as: UTF8.self)
    }
  }

  private func again(_ text: String) throws -> String {
    let tokenizer = try tokenizer(text)
    return String(decoding: tokenizer.decode(try tokenizer.encode(Array(text.utf8))), as: UTF8.self)
  }

  @Test func cutsWordsMarksAndLineBreaks() throws {
    let text = "Don't STOP,  'Ärger'\r\nx2—y\t3.5!\r\u{2028}\n你好 E\u{301}"
    #expect(
      try words(tokenizer(text), text) == [
        "don't", "stop", ",", "'", "ärger", "'", "\n", "x2", "—", "y", "3", ".", "5", "!", "\n",
        "\n",
        "你", "好", "e\u{301}",
      ])
  }

  @Test func theMostFrequentWordsStay() throws {
    let text = "b b b a a c c d"
    #expect(try words(tokenizer(text, size: 6), "a b c d") == ["a", "b", "c", "<unk>"])
    #expect(try words(tokenizer(text, size: 5), "a b c d") == ["a", "b", "<unk>", "<unk>"])
    #expect(try words(tokenizer(text, frequency: 3), "a b") == ["<unk>", "b"])
    // Of equals, in order of their bytes.
    #expect(try tokenizer(text).encode(Array("b a c d".utf8)) == [3, 4, 5, 6])
  }

  @Test func blanksAndUnknownWords() throws {
    let tokenizer = try tokenizer("a b", special: ["<|endoftext|>", "<x>"])
    #expect(
      try tokenizer.encode(Array("a ___ b_____<mask> z <unk> __".utf8)) == [
        5, 1, 6, 1, 1, 0, 0, 0, 0,
      ])
    #expect(try tokenizer.unknownRate(of: Array("a b z\n".utf8)) == 1.0 / 3)
    #expect(try tokenizer.unknownRate(of: []) == 0)
    #expect(tokenizer.endOfText == 3)
    #expect(try !tokenizer.encode(Array("a<|endoftext|>".utf8)).contains(3))
    #expect(
      try tokenizer.encode(Array("a<|endoftext|><x>".utf8), specialTokens: true) == [5, 3, 4])
    #expect(tokenizer.decode([5, 1, 0]) == Array("a ___ <unk>".utf8))
    #expect(!tokenizer.isLossless)
  }

  @Test func commonWordsComeFirst() throws {
    #expect(CommonWords.english.count > 400)
    #expect(Set(CommonWords.english).count == CommonWords.english.count)
    let tokenizer = try tokenizer("zebra the", size: 1000, common: true)
    #expect(try words(tokenizer, "The zebra don't say: yes!").contains("<unk>") == false)
    #expect(try tokenizer.encode(Array(".".utf8)) == [3])
    #expect(try self.tokenizer("zebra", size: 20, common: true).vocabularySize == 20)
    // Each is one word.
    for word in CommonWords.english {
      #expect(try tokenizer.encode(Array(word.utf8)).count == 1, "\(word)")
    }
  }

  @Test func spacesStandWherePeoplePutThem() throws {
    #expect(try again("Yes , he said ; no !") == "yes, he said; no!")
    #expect(try again("( a [ b ] ) well-known 50 %") == "(a [b]) well-known 50%")
    #expect(try again("one\n\n  two \nthree") == "one\n\ntwo\nthree")
    #expect(try again("你好，世界。") == "你好，世界。")
  }

  /// Token by token as in one go, and the text that tokens stand for has these tokens.
  @Test func decodedTextIsStable() throws {
    let marks = Array("abcÄß' ’'-_(.,)\"“„<>»\n\r\t 你好٣e\u{301}👩‍👧 ___<unk>…".unicodeScalars)
    var state: UInt64 = 7
    for _ in 0..<400 {
      var text = String.UnicodeScalarView()
      for _ in 0..<30 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.append(marks[Int(state >> 33) % marks.count])
      }
      let bytes = Array(String(text).utf8)
      let tokenizer = try tokenizer(String(text), frequency: 1 + Int(state >> 62))
      let ids = try tokenizer.encode(bytes)
      let settled = tokenizer.decode(ids)
      #expect(try tokenizer.encode(settled) == ids, "\(String(text).debugDescription)")
      var steps: [UInt8] = []
      var previous: Int32?
      for id in ids {
        steps += tokenizer.bytes(of: id, after: previous)
        previous = id
      }
      #expect(steps == settled)
    }
  }

  @Test func anyTextIsStable() throws {
    for seed in 0..<60 {
      let text = Samples.randomText(200, seed: UInt64(seed))
      let tokenizer = try tokenizer(String(decoding: text, as: UTF8.self))
      let ids = try tokenizer.encode(text)
      #expect(try tokenizer.encode(tokenizer.decode(ids)) == ids, "seed \(seed)")
    }
  }

  @Test func damagedDescriptions() throws {
    let json = try tokenizer("a b").json
    #expect(
      json == #"{"version":2,"kind":"word","special_tokens":[],"words":["#
        + "\n\"a\",\n\"b\"\n]}\n")
    for (old, new) in [("\"b\"", "\"a\""), ("\"b\"", "\"\""), ("\"b\"", "3"), ("words", "w")] {
      #expect(throws: TokenizerError.self) {
        try TokenizerFile.tokenizer(from: json.replacing(old, with: new), path: "run.h5")
      }
    }
  }
}
