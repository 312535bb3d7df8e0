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
