// Finding a tokenizer by its path.
import FoundationEssentials
import Testing
import Text

@Suite struct TokenizerSourceTests {
  private func refusal(_ path: String) -> String {
    do throws(TokenizerError) {
      _ = try TokenizerSource.load(path)
      return "accepted"
    } catch { return error.description }
  }

  @Test func whatIsMissing() throws {
    let folder = try CorpusTestFolder()
    #expect(refusal("/missing").hasPrefix("/missing: there is no such file or folder; name a tok"))
    #expect(
      refusal(folder.path).hasPrefix("\(folder.path): no tokenizer in this folder; it should"))
    try Data(SmallVocabulary.mergesFile).write(to: URL(filePath: "\(folder.path)/merges.txt"))
    let line = "\(folder.path)/vocab.json: there is no such file; merges.txt needs it beside it"
    #expect(refusal(folder.path) == line)
    #expect(refusal("\(folder.path)/merges.txt") == line)
  }

  @Test func everyFormIsFound() throws {
    let folder = try CorpusTestFolder()
    let path = folder.path
    let small = try SmallVocabulary.tokenizer()
    for (merges, vocabulary) in [("vocab.bpe", "encoder.json"), ("merges.txt", "vocab.json")] {
      try Data(SmallVocabulary.mergesFile).write(to: URL(filePath: "\(path)/\(merges)"))
      try Data(SmallVocabulary.vocabularyFile).write(to: URL(filePath: "\(path)/\(vocabulary)"))
      #expect(try TokenizerSource.load(path).fingerprint == small.fingerprint)
      #expect(try TokenizerSource.load("\(path)/\(vocabulary)").fingerprint == small.fingerprint)
    }
    // The trainer's own form, and a tokenizer.json before all others.
    let characters = try CharacterTokenizer(text: Array("abc".utf8))
    try TokenizerSource.save(characters, file: "\(path)/mine.json")
    #expect(try TokenizerSource.load("\(path)/mine.json").fingerprint == characters.fingerprint)
    try TokenizerSource.save(characters, file: "\(path)/tokenizer.json")
    #expect(try TokenizerSource.load(path).kind == .character)
  }

  @Test func whatIsNoTokenizer() throws {
    let folder = try CorpusTestFolder()
    let path = "\(folder.path)/tokenizer.json"
    for (text, reason) in [
      ("", ":1:1: the file ends early"), ("[]", ":1:1: '{' expected"),
      ("{}", ":1:1: there is no model with a vocabulary"), (#"{"a":1} x"#, ":1:1: there is no"),
      (String(repeating: "[", count: 99), ":1:1: '{' expected"),
      (#"{"a":"# + String(repeating: "[", count: 99), ":1:38: nested too deeply"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: path))
      #expect(refusal(folder.path).hasPrefix(path + reason), "\(refusal(folder.path))")
    }
  }

  @Test func whereNothingCanBeWritten() throws {
    let error = #expect(throws: TokenizerError.self) {
      try TokenizerSource.save(SmallVocabulary.tokenizer(), file: "/missing/tokenizer.json")
    }
    #expect(error?.description.hasPrefix("/missing/tokenizer.json: ") == true)
  }

  @Test func idsFromOutsideAreChecked() throws {
    let tokenizer = try CharacterTokenizer(text: Array("abc".utf8))
    #expect(try tokenizer.tokens(checking: [2, 0]) == [2, 0])
    for id in [3, -1, Int.max] {
      let error = #expect(throws: TokenizerError.self) { try tokenizer.tokens(checking: [0, id]) }
      #expect(error?.description.hasPrefix("id \(id) (the 2. of the list) is beyond the") == true)
    }
  }
}
