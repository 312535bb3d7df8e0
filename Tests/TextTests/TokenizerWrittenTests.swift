// Vocabularies as plain lists, and back.
import Testing
import Text

@Suite struct TokenizerWrittenTests {
  @Test func aTokenizerSurvivesAsLists() throws {
    let tokenizer = try SmallVocabulary.tokenizer()
    let written = tokenizer.written
    #expect(written.tokens.count == tokenizer.vocabularySize)
    #expect(written.merges == SmallVocabulary.merges.map { Array($0.utf8) })
    #expect(written.kinds.filter { $0 == .mark }.count == 1)
    let copy = try BytePairTokenizer(written)
    #expect(copy.json == tokenizer.json)
    #expect(copy.endOfText == tokenizer.endOfText && tokenizer.endOfText != nil)
    let text = Array("The thing in the<|endoftext|> café \r\n".utf8)
    #expect(copy.encode(text, specialTokens: true) == tokenizer.encode(text, specialTokens: true))
  }

  /// A marker whose name says nothing; a byte or a word is none.
  @Test func theMarkerThatAFileNamesIsTaken() throws {
    var written = try SmallVocabulary.tokenizer().written
    let mark = try #require(written.kinds.firstIndex(of: .mark))
    written.tokens[mark] = Array("stop".utf8)
    let word = try #require(written.tokens.firstIndex(of: Array("ing".utf8)))
    for (named, expected) in [
      (mark, Int32(mark)), (word, nil), (-1, nil), (written.tokens.count, nil), (nil, nil),
    ] as [(Int?, Int32?)] {
      written.endOfText = named
      let tokenizer = try BytePairTokenizer(written)
      #expect(tokenizer.endOfText == expected)
      let copy = try TokenizerFile.tokenizer(from: tokenizer.json, path: "run.h5")
      #expect(copy.endOfText == expected && copy.json == tokenizer.json)
      #expect((copy as? BytePairTokenizer)?.written.endOfText == expected.map { Int($0) })
    }
  }

  @Test func faultsAreFound() throws {
    let written = try SmallVocabulary.tokenizer().written
    var missing = written
    missing.tokens[5] = Array("zzz".utf8)
    #expect(throws: BytePairFault.self) { try BytePairTokenizer(missing) }
    var unknown = written
    unknown.merges.append(Array("q q".utf8))
    #expect(throws: BytePairFault.self) { try BytePairTokenizer(unknown) }
    for damaged in ["", " ", "q", "q  q", "t h"] {
      var copy = written
      copy.merges.append(Array(damaged.utf8))
      #expect(throws: BytePairFault.self, "\(damaged)") { try BytePairTokenizer(copy) }
    }
  }

  @Test(arguments: ["Hello\n", "naïve 🙂 日本"])
  func charactersAreFoundAgain(text: String) throws {
    let characters = try CharacterTokenizer(text: Array(text.utf8))
    var written = BytePairTokenizer(spelling: characters).written
    written.tokens.removeSubrange(characters.vocabularySize...)
    written.kinds.removeSubrange(characters.vocabularySize...)
    #expect(CharacterTokenizer(spelledBy: written)?.json == characters.json)
    written.tokens.append(Array("<|endoftext|>".utf8))
    written.kinds.append(.mark)
    #expect(CharacterTokenizer(spelledBy: written)?.json == characters.json)
    written.merges.append(Array("H e".utf8))
    #expect(CharacterTokenizer(spelledBy: written) == nil)
  }

  @Test func habitsAreNamed() throws {
    let tokenizer = try SmallVocabulary.tokenizer()
    #expect(tokenizer.unwrittenHabits.isEmpty)
  }
}
