// A character vocabulary as merges of bytes: the same ids for every text of known characters.
import Testing
import Text

@Suite struct TokenizerSpellingTests {
  private static let texts = [
    "Hello, world!\n\t 12  34", "a", "naïve café – für Größe, ß", "日本語と中国語",
    "🙂👩‍👩‍👧 e\u{301} \u{10ffff}\u{800}\u{7ff}", "\u{0}\u{7f}\r\n",
  ]

  private func characters(_ text: String) throws -> CharacterTokenizer {
    try CharacterTokenizer(text: Array(text.utf8))
  }

  @Test(arguments: texts)
  func idsAreTheCharacters(_ text: String) throws {
    let characters = try characters(text)
    let spelled = BytePairTokenizer(spelling: characters)
    // As it is, each alone, and each beside each.
    let scalars = text.unicodeScalars.map { "\($0)" }
    let pairs = scalars.flatMap { first in scalars.map { first + $0 } }
    for part in [text, pairs.joined()] + scalars {
      let bytes = Array(part.utf8)
      #expect(spelled.encode(bytes) == (try characters.encode(bytes)))
    }
    for token in 0..<Int32(characters.vocabularySize) {
      #expect(spelled.bytes(of: token) == characters.bytes(of: token))
    }
  }

  @Test func asciiNeedsNoMerges() throws {
    let spelled = BytePairTokenizer(spelling: try characters("abc \n"))
    #expect(spelled.merges.isEmpty)
    #expect(spelled.vocabularySize == 256)
  }

  @Test func beginningsAreSharedAndComeLast() throws {
    // E2 82 AC and E2 82 A9 begin alike.
    let spelled = BytePairTokenizer(spelling: try characters("€₩"))
    #expect(spelled.merges.count == 3)
    #expect(spelled.vocabularySize == 2 + 256 + 1)
    #expect(spelled.bytes(of: 258) == [0xe2, 0x82])
  }

  @Test func anUnknownCharacterIsBeyondTheCharacters() throws {
    let characters = try characters("aé")
    let spelled = BytePairTokenizer(spelling: characters)
    for text in ["b", "è", "🙂"] {
      #expect(
        spelled.encode(Array(text.utf8)).contains { Int($0) >= characters.vocabularySize })
    }
  }

  @Test(arguments: texts)
  func theCharactersAreFoundAgain(_ text: String) throws {
    let characters = try characters(text)
    let spelled = BytePairTokenizer(spelling: characters)
    let found = CharacterTokenizer(spelledBy: spelled, count: characters.vocabularySize)
    #expect(found?.json == characters.json)
    #expect(
      CharacterTokenizer(spelledBy: spelled, count: characters.vocabularySize - 1) == nil)
  }

  @Test func othersSpellNoCharacters() throws {
    var trainer = try TokenizerSettings(kind: .bpe, vocabularySize: 300).trainer()
    try trainer.add(Array("the cat the hat the cat".utf8)[...])
    let tokenizer = try #require(try trainer.finish() as? BytePairTokenizer)
    #expect(CharacterTokenizer(spelledBy: tokenizer, count: 95) == nil)
    #expect(CharacterTokenizer(spelledBy: tokenizer, count: 0) == nil)
    #expect(CharacterTokenizer(spelledBy: tokenizer, count: 1_000) == nil)
  }
}
