// Learning vocabularies: merges as the library's, bounded counts, errors.
import FoundationEssentials
import Testing
import Text

@Suite struct TokenizerTrainerTests {
  private func settings() -> TokenizerSettings {
    var settings = TokenizerSettings(kind: .bpe, vocabularySize: 600)
    settings.specialTokens = ["<s>", "<pad>", "</s>"]
    return settings
  }

  private func train(
    _ settings: TokenizerSettings, _ parts: [ArraySlice<UInt8>]
  ) throws -> any Tokenizer {
    var trainer = try settings.trainer()
    for part in parts { try trainer.add(part) }
    return try trainer.finish()
  }

  /// A folder that is removed at the end.
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = try CorpusTestFolder()
    try body(folder.path)
  }

  @Test func filesAreTheLibrarysByteForByte() throws {
    let text = try HuggingFaceFixture.bytes("text.txt")
    let tokenizer = try train(settings(), [text[...]])
    try inFolder { folder in
      let paths = try TokenizerSource.save(tokenizer, folder: "\(folder)/new")
      let names = ["learned.json", "vocab.json", "merges.txt"]
      for (path, name) in zip(paths, names) {
        let isSame =
          try [UInt8](Data(contentsOf: URL(filePath: path))) == HuggingFaceFixture.bytes(name)
        #expect(isSame, "\(name)")
      }
      #expect(try TokenizerSource.load("\(folder)/new").fingerprint == tokenizer.fingerprint)
      // Without the whole, the pair; the special tokens are known by their names.
      try FileManager.default.removeItem(atPath: paths[0])
      #expect(try TokenizerSource.load("\(folder)/new").fingerprint == tokenizer.fingerprint)
      #expect(try TokenizerSource.load(paths[2]).fingerprint == tokenizer.fingerprint)
    }
  }

  /// Parts that end with a line break change nothing.
  @Test func textMayComeInParts() throws {
    let text = try HuggingFaceFixture.bytes("text.txt")
    let lines = text.split(separator: 0x0a, omittingEmptySubsequences: false)
    let parts = lines.indices.map { index in
      ArraySlice(Array(lines[index]) + (index + 1 < lines.count ? [0x0a] : []))
    }
    for kind in TokenizerKind.allCases {
      let settings = TokenizerSettings(kind: kind, vocabularySize: 400)
      #expect(try train(settings, parts).json == train(settings, [text[...]]).json)
    }
  }

  @Test func learnedTokenizersRestore() throws {
    let text = try HuggingFaceFixture.bytes("text.txt")
    for kind in TokenizerKind.allCases {
      let tokenizer = try train(TokenizerSettings(kind: kind, vocabularySize: 300), [text[...]])
      let restored = try TokenizerFile.tokenizer(from: tokenizer.json, path: "run.h5")
      #expect(restored.json == tokenizer.json)
      #expect(restored.endOfText == tokenizer.endOfText)
      #expect(try restored.encode(text) == tokenizer.encode(text))
      #expect(tokenizer.decode(try tokenizer.encode(text)) == text || !tokenizer.isLossless)
    }
  }

  @Test func frequencyAndSizeLimitTheMerges() throws {
    let text = Array("ab ab ab cd cd ef".utf8)[...]
    func merges(_ frequency: Int, size: Int) throws -> [String] {
      var settings = TokenizerSettings(kind: .bpe, vocabularySize: size)
      settings.minimumFrequency = frequency
      settings.specialTokens = []
      let tokenizer = try #require(try train(settings, [text]) as? BytePairTokenizer)
      return tokenizer.merges.map {
        String(decoding: tokenizer.bytes(of: $0.merged), as: UTF8.self)
      }
    }
    // Of equals, the pair with the lower ids first; the first "ab" has no space before it.
    #expect(try merges(3, size: 300) == ["ab"])
    #expect(try merges(2, size: 300) == ["ab", "cd", " ab", " cd"])
    #expect(try merges(2, size: 257) == ["ab"])
    #expect(try merges(1, size: 300) == ["ab", "cd", " ab", " cd", "ef", " ef"])
    #expect(try merges(1, size: 256) == [])
  }

  @Test func invalidBytesAreBytes() throws {
    let bytes = Samples.randomBytes(4000, seed: 3)
    let tokenizer = try train(TokenizerSettings(kind: .bpe, vocabularySize: 400), [bytes[...]])
    let isSame = tokenizer.decode(try tokenizer.encode(bytes)) == bytes
    #expect(isSame)
    #expect(tokenizer.vocabularySize > 257)
  }

  /// 40,000 different words with room for 1,000: the frequent ones stay.
  @Test func rarePiecesAreDroppedForWantOfRoom() throws {
    var settings = TokenizerSettings(kind: .bpe, vocabularySize: 400)
    settings.minimumFrequency = 110
    var trainer = try BytePairTrainer(settings, pieceLimit: 1000)
    for round in 0..<40 {
      let bytes = Samples.randomBytes(8000, seed: UInt64(round)).map { 0x61 + $0 % 26 }
      let rare = stride(from: 0, to: 8000, by: 8).map {
        String(decoding: bytes[$0..<$0 + 8], as: UTF8.self)
      }
      trainer.add(Array("the\nthe\nthe\n\(rare.joined(separator: "\n"))\n".utf8)[...])
    }
    #expect(trainer.droppedPieces > 20_000)
    let tokenizer = try #require(try trainer.finish() as? BytePairTokenizer)
    #expect(tokenizer.encode(Array("the".utf8)).count == 1)
  }

  @Test func vocabulariesThatAreTooSmall() {
    let error = #expect(throws: TokenizerError.self) {
      try TokenizerSettings(kind: .bpe, vocabularySize: 256).trainer()
    }
    #expect(
      error?.description
        == "a vocabulary of 256 tokens does not hold the 256 bytes and the special "
        + "tokens; take at least 257")
    #expect(throws: TokenizerError.vocabularyTooSmall(size: 3, least: 4, kind: .word)) {
      try TokenizerSettings(kind: .word, vocabularySize: 3).trainer()
    }
    for tokens in [[""], ["a", "a"]] {
      #expect(throws: TokenizerError.self) {
        var settings = TokenizerSettings(kind: .bpe)
        settings.specialTokens = tokens
        _ = try settings.trainer()
      }
    }
  }

  @Test func noTextIsNoVocabulary() {
    for kind in TokenizerKind.allCases {
      #expect(throws: TokenizerError.emptyText) {
        try TokenizerSettings(kind: kind).trainer().finish()
      }
    }
  }

  @Test func invalidTextHasItsPlace() throws {
    for kind in [TokenizerKind.character, .word] {
      var trainer = try TokenizerSettings(kind: kind).trainer()
      try trainer.add(Array("good\n".utf8)[...])
      #expect(throws: TokenizerError.invalidUTF8(byteOffset: 7)) {
        try trainer.add([0x61, 0x62, 0xff, 0x63])
      }
    }
  }
}
