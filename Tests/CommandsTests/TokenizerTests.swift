// `trainer tokenizer` as a user runs it.
import Testing

@Suite struct TokenizerTests {
  private func train(_ workplace: Workplace, _ arguments: [String]) throws {
    let ending = try workplace.run(["tokenizer", "train", "--data", "text.txt"] + arguments)
    #expect(ending.faults == [])
    #expect(ending.exitCode == 0)
  }

  @Test func trainShowEncodeDecode() throws {
    let workplace = try Workplace()
    let trained = try workplace.run([
      "tokenizer", "train", "--kind", "bpe", "--data", "text.txt", "--vocab-size", "280", "--out",
      "folder",
    ])
    #expect(trained.exitCode == 0)
    #expect(trained.output.contains("folder/tokenizer.json folder/vocab.json folder/merges.txt"))
    #expect(trained.output.contains("vocab_size       280\n"))
    let shown = try workplace.run(["tokenizer", "show", "folder", "--json"])
    #expect(shown.output.contains(#""vocab_size": 280"#))
    #expect(shown.output.contains(#""special_tokens": ["<|endoftext|>=0"]"#))
    let text = "The fox — <|endoftext|>\u{e9}\n"
    let ids = try workplace.run(["tokenizer", "encode", "folder", "--text", text])
    #expect(ids.output.split(separator: " ").contains("0"))
    let plain = try workplace.run(["tokenizer", "encode", "folder", "--plain", "--text", text])
    #expect(!plain.output.split(separator: " ").contains("0"))
    for list in [ids.output, plain.output] {
      let back = try workplace.run(["tokenizer", "decode", "folder", "--text", list])
      #expect(back.output == text)
    }
    try workplace.write(ids.output, to: "ids.txt")
    let pieces = try workplace.run([
      "tokenizer", "decode", "folder/merges.txt", "--file", "ids.txt", "--pieces",
    ])
    #expect(pieces.output.contains("0\t\"<|endoftext|>\"\n"))
  }

  @Test func theFilesAreTheSameOnEveryRun() throws {
    let workplace = try Workplace()
    for kind in ["character", "word", "bpe"] {
      try train(workplace, ["--kind", kind, "--out", "one.json"])
      try train(workplace, ["--kind", kind, "--out", "two.json"])
      let isSame = workplace.bytes("one.json") == workplace.bytes("two.json")
      #expect(isSame && !workplace.bytes("one.json").isEmpty)
    }
  }

  @Test func wordsSayHowManyAreUnknown() throws {
    let workplace = try Workplace()
    try train(workplace, ["--kind", "word", "--common-words", "--out", "words"])
    let ending = try workplace.run([
      "tokenizer", "encode", "words", "--count", "--json", "--text", "the quick brown axolotl",
    ])
    #expect(ending.output.contains(#""tokens": 4"#))
    #expect(ending.output.contains(#""unknown": 1"#))
  }

  @Test func aCheckpointHasItsTokenizer() throws {
    let workplace = try Workplace()
    _ = try workplace.run(["--config", "tiny.json", "--max-steps", "1", "--out", "run"])
    for path in ["run", "run/latest.h5"] {
      let ending = try workplace.run(["tokenizer", "show", path])
      #expect(ending.output.hasPrefix("kind            character\n"))
    }
  }

  @Test(arguments: [
    WrongInput(
      ["decode", "folder", "--text", "1 300"], 3,
      "--text: id 300 (the 2. of the list) is beyond the vocabulary of 280 tokens, whose ids run "
        + "from 0 to 279; are the ids of another tokenizer?"),
    WrongInput(
      ["decode", "folder", "--text", "1 x"], 3,
      "--text: \"x\" (the 2. of the list) is not a token id; give whole numbers with spaces or commas "
        + "between them"),
    WrongInput(
      ["show", "nowhere"], 3,
      "nowhere: there is no such file or folder; name a tokenizer.json, a folder with one, or a "
        + "folder with vocab.json and merges.txt"),
    WrongInput(
      ["train", "--kind", "bpe", "--data", "text.txt", "--vocab-size", "100", "--out", "x"], 3,
      "a vocabulary of 100 tokens does not hold the 256 bytes and the special tokens; take at "
        + "least 257"),
    WrongInput(
      ["train", "--kind", "word", "--data", "text.txt", "bad.txt", "--out", "x"], 3,
      "bad.txt: invalid UTF-8 at byte 3; save the text as UTF-8, or use the tokenizer gpt2, which "
        + "takes any bytes"),
    WrongInput(
      ["train", "--kind", "bpe", "--data", "empty.txt", "--out", "x"], 3,
      "empty.txt: the text is empty, so there is nothing to make a vocabulary of; give a text to "
        + "train on"),
    WrongInput(
      ["train", "--kind", "syllable", "--data", "text.txt", "--out", "x"], 2,
      "--kind: no \"syllable\"; there are character, word, bpe"),
  ])
  func wrongInput(_ input: WrongInput) throws {
    let workplace = try Workplace()
    try train(workplace, ["--kind", "bpe", "--vocab-size", "280", "--out", "folder"])
    try workplace.write([0x61, 0x62, 0x0a, 0xff], to: "bad.txt")
    try workplace.write("", to: "empty.txt")
    let ending = try workplace.run(["tokenizer"] + input.arguments)
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(ending.output == "")
  }
}
