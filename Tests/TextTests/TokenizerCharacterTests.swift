// One token per Unicode scalar.
import Testing
import Text

@Suite struct TokenizerCharacterTests {
  @Test func tokensAreScalarsInOrderOfTheirCodePoints() throws {
    let text = Array("b\r\na é e\u{301} 漢 👍🏽".utf8)
    let tokenizer = try CharacterTokenizer(text: text)
    // \n, \r, space, a, b, e, é, U+0301, 漢, U+1F3FD, 👍
    #expect(tokenizer.vocabularySize == 11)
    #expect(tokenizer.tokens("\r\n") == [1, 0])
    #expect(tokenizer.tokens("é") == [6])
    #expect(tokenizer.tokens("e\u{301}") == [5, 7])
    #expect(tokenizer.tokens("👍🏽漢") == [10, 9, 8])
    #expect(tokenizer.decode(try tokenizer.encode(text)) == text)
    #expect(tokenizer.bytes(of: 8) == Array("漢".utf8))
  }

  @Test func unknownCharactersAreNamedWithTheirPlace() throws {
    let tokenizer = try CharacterTokenizer(text: Array("abé\n".utf8))
    let error = #expect(throws: TokenizerError.self) {
      try tokenizer.encode(Array("ab\néaxb".utf8))
    }
    #expect(
      error
        == .unknownCharacter("x", position: TextPosition(line: 2, column: 3), byteOffset: 6))
    #expect(
      error?.description.hasPrefix("the character 'x' (U+0078) at line 2, column 3 (byte 6)")
        == true)
    let mark = #expect(throws: TokenizerError.self) { try tokenizer.encode(Array("e\u{301}".utf8)) }
    #expect(mark?.description.hasPrefix("the character 'e' (U+0065) at line 1, column 1") == true)
    let control = #expect(throws: TokenizerError.self) { try tokenizer.encode([0x07]) }
    #expect(control?.description.hasPrefix("the character U+0007 at line 1") == true)
  }

  @Test func invalidUTF8IsNamedByItsByte() throws {
    let tokenizer = try CharacterTokenizer(text: Array("aé".utf8))
    let faults: [([UInt8], Int)] = [
      ([0x61, 0xc3], 1), ([0xc3, 0xa9, 0x80], 2), ([0xed, 0xa0, 0x80], 0),
      ([0xf4, 0x90, 0x80, 0x80], 0),
    ]
    for (bytes, offset) in faults {
      let expected = TokenizerError.invalidUTF8(byteOffset: offset)
      #expect(throws: expected) { try tokenizer.encode(bytes) }
      #expect(throws: expected) { try CharacterTokenizer(text: bytes) }
    }
    #expect(throws: TokenizerError.emptyText) { try CharacterTokenizer(text: []) }
  }
}

extension CharacterTokenizer {
  fileprivate func tokens(_ text: String) -> [Int32]? { try? encode(Array(text.utf8)) }
}
