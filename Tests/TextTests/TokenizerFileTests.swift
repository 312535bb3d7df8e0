// Damaged files are refused with their name, their line and the reason.
import Testing
import Text

@Suite struct TokenizerFileTests {
  /// The error's one line for these two files.
  private func refusal(merges: [UInt8], vocabulary: [UInt8]) -> String {
    do throws(TokenizerError) {
      _ = try BytePairTokenizer(
        merges: merges, mergesPath: "vocab.bpe", vocabulary: vocabulary,
        vocabularyPath: "encoder.json")
      return "accepted"
    } catch { return error.description }
  }

  private func refusal(merges: [String]) -> String {
    refusal(
      merges: Array((["#version: 0.2"] + merges).map { $0 + "\n" }.joined().utf8),
      vocabulary: SmallVocabulary.vocabularyFile)
  }

  private func refusal(tokens: [[UInt8]]) -> String {
    refusal(
      merges: SmallVocabulary.mergesFile,
      vocabulary: SmallVocabulary.vocabularyFile(tokens: tokens))
  }

  /// Tokens that no merge makes are special where their names say so.
  @Test func specialTokensOfTheTwoFiles() throws {
    let tokens = SmallVocabulary.tokens + ["<s>", "[PAD]"].map { Array($0.utf8) }
    let tokenizer = try BytePairTokenizer(
      merges: SmallVocabulary.mergesFile, mergesPath: "merges.txt",
      vocabulary: SmallVocabulary.vocabularyFile(tokens: tokens), vocabularyPath: "vocab.json")
    #expect(tokenizer.specialTokens.map(\.text) == ["[PAD]", "<s>", "<|endoftext|>"])
    #expect(tokenizer.endOfText == 2)
    let text = Array("a<s>".utf8)
    #expect(tokenizer.encode(text, specialTokens: true).last == 1)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    #expect(!tokenizer.encode(text).contains(1))
  }

  /// As an editor of Windows saves them.
  @Test func mergesMayHaveLinesOfWindows() throws {
    let merges = String(decoding: SmallVocabulary.mergesFile, as: UTF8.self)
      .replacing("\n", with: "\r\n")
    let tokenizer = try BytePairTokenizer(
      merges: Array(merges.utf8), mergesPath: "merges.txt",
      vocabulary: SmallVocabulary.vocabularyFile, vocabularyPath: "vocab.json")
    #expect(tokenizer.json == (try SmallVocabulary.tokenizer()).json)
  }

  private func refusal(json: String) -> String {
    do throws(TokenizerError) {
      _ = try TokenizerFile.tokenizer(from: json, path: "run.h5")
      return "accepted"
    } catch { return error.description }
  }

  @Test func mergesThatCannotBeUsed() {
    let all = SmallVocabulary.merges
    let faults = [
      (["t"], "vocab.bpe:2:1: a merge is two tokens with one space between them"),
      (["t h e"], "vocab.bpe:2:1: a merge is two tokens with one space between them"),
      (["t "], "vocab.bpe:2:1: a merge is two tokens with one space between them"),
      (["t h", "\u{4e00} h"], "vocab.bpe:3:1: the character U+4E00 stands for no byte"),
      (["q q"], "vocab.bpe:2:1: this merge makes 'qq', which is not a token"),
      (["qq q"], "vocab.bpe:2:1: 'qq' is not a token of the vocabulary"),
      (["th e"], "vocab.bpe:2:1: 'th' is not made by any merge before this one"),
      (["t h", "t h"], "vocab.bpe:3:1: this merge repeats an earlier one"),
      (
        all.dropLast(2), "vocab.bpe:17:1: the merges end here, and none makes the token 'nth', id 1"
      ),
    ]
    for (merges, reason) in faults {
      let line = refusal(merges: Array(merges))
      #expect(line.hasPrefix(reason), "\(line)")
    }
    let withoutHead = Array(SmallVocabulary.mergesFile.dropFirst(14))
    #expect(
      refusal(merges: withoutHead, vocabulary: SmallVocabulary.vocabularyFile)
        == "vocab.bpe:1:1: the first line of a list of merges starts with #version")
  }

  @Test func vocabulariesThatCannotBeUsed() {
    var tokens = SmallVocabulary.tokens
    tokens[3] = tokens[4]
    #expect(refusal(tokens: tokens).contains("is there twice, as "))
    tokens = SmallVocabulary.tokens
    tokens.remove(at: 0x41)
    #expect(refusal(tokens: tokens).contains("encoder.json:1:1: no token for the byte 65"))
    tokens = SmallVocabulary.tokens + [Array("other".utf8)]
    #expect(refusal(tokens: tokens).contains("none makes the token 'other', id 0"))
    let sparse = Array("{\"a\": 0, \"b\": 2}".utf8)
    #expect(
      refusal(merges: SmallVocabulary.mergesFile, vocabulary: sparse)
        .hasPrefix("encoder.json:1:10: id 2 in a vocabulary of 2 tokens"))
    let double = Array("{\"a\": 0,\n \"b\": 0}".utf8)
    #expect(
      refusal(merges: SmallVocabulary.mergesFile, vocabulary: double)
        == "encoder.json:2:2: a second token with id 0")
  }

  /// Whatever the length at which a file is cut, it is an error and not a trap; only the last line
  /// break of the merges may go.
  @Test func truncatedFiles() throws {
    let merges = SmallVocabulary.mergesFile
    let vocabulary = SmallVocabulary.vocabularyFile
    for count in 0..<merges.count - 1 {
      let line = refusal(merges: Array(merges[..<count]), vocabulary: vocabulary)
      #expect(line.hasPrefix("vocab.bpe:"), "cut at \(count): \(line)")
    }
    #expect(refusal(merges: Array(merges.dropLast()), vocabulary: vocabulary) == "accepted")
    for count in 0..<vocabulary.count {
      let line = refusal(merges: merges, vocabulary: Array(vocabulary[..<count]))
      #expect(line.hasPrefix("encoder.json:"), "cut at \(count): \(line)")
    }
  }

  @Test func missingFile() {
    let error = #expect(throws: TokenizerError.self) {
      try BytePairTokenizer(mergesPath: "/missing/vocab.bpe", vocabularyPath: "/missing/e.json")
    }
    #expect(error?.description == "/missing/vocab.bpe: there is no such file")
  }

  @Test func descriptionsRestoreTheirTokenizer() throws {
    let text = Array("the thing\r\n é <|endoftext|>\u{0}\"\\".utf8)
    let tokenizers: [any Tokenizer] = [
      try SmallVocabulary.tokenizer(), try CharacterTokenizer(text: text),
    ]
    for tokenizer in tokenizers {
      let restored = try TokenizerFile.tokenizer(from: tokenizer.json, path: "run.h5")
      #expect(restored.json == tokenizer.json)
      #expect(restored.kind == tokenizer.kind)
      #expect(restored.endOfText == tokenizer.endOfText)
      #expect(restored.vocabularySize == tokenizer.vocabularySize)
      #expect(try restored.encode(text) == tokenizer.encode(text))
    }
    #expect(tokenizers[0].fingerprint != tokenizers[1].fingerprint)
  }

  @Test func theFormOfADescriptionIsFixed() throws {
    let tokenizer = try CharacterTokenizer(text: Array("b\na\"é".utf8))
    #expect(tokenizer.json == #"{"version":1,"kind":"character","characters":"\n\"abé"}"# + "\n")
    #expect(
      tokenizer.fingerprint == "40892372840059422abd387957e4a251071d1ec9349df4b09cbebb7ffc00025c")
    // Runs that were saved with merges go on only while theirs stays the same.
    #expect(
      try SmallVocabulary.tokenizer().fingerprint
        == "f08d795d49f5c7e678a278fcd47457f4b2cb14b60d797899efc594533a20951d")
  }

  @Test func descriptionsThatCannotBeUsed() throws {
    let faults = [
      (#""#, "run.h5:1:1: the file ends early (0 bytes); is it truncated? '{' expected"),
      (
        #"{"version":3,"kind":"bpe"}"#,
        "run.h5:1:13: tokenizer format 3 is not known here, only up to 2"
      ),
      (#"{"version":1,"kind":"syllable"}"#, "run.h5:1:21: unknown kind of tokenizer; known are: "),
      (
        #"{"version":1,"kind":"character","characters":"ba"}"#,
        "run.h5:1:46: the characters are not"
      ),
      (#"{"version":1,"kind":"character","characters":""}"#, "run.h5:1:46: the vocabulary has no"),
      (
        #"{"version":1,"kind":"character","characters":"\ud800"}"#,
        "run.h5:1:47: half of a surrogate"
      ),
      (#"{"version":1,"kind":"character","characters":"\udc00\udc00"}"#, "run.h5:1:47: half of a"),
      (#"{"version":1,"kind":"character","characters":"a"} x"#, "run.h5:1:51: text after the end"),
      (#"{"version":1,"kind":"bpe","pre_tokenizer":"x"}"#, "run.h5:1:43: unknown pre-tokenizer"),
    ]
    for (json, reason) in faults {
      #expect(refusal(json: json).hasPrefix(reason), "\(refusal(json: json))")
    }
    let json = try SmallVocabulary.tokenizer().json
    let damaged = json.replacing("Ġ th\"", with: "Ġ tq\"")
    #expect(refusal(json: damaged).contains("'tq' is not a token of the vocabulary"))
    for count in stride(from: 0, to: json.utf8.count - 2, by: 7) {
      let cut = String(decoding: Array(json.utf8)[..<count], as: UTF8.self)
      #expect(refusal(json: cut) != "accepted", "cut at \(count)")
    }
  }
}
