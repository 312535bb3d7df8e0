// Texts and tokenizers that cannot be used: exit code 3, and nothing is left behind.
import Testing

@Suite struct DataFaultTests {
  @Test(arguments: [
    WrongInput(["--data", "none.txt"], 3, "none.txt: no such file; check the path"),
    WrongInput(
      ["--data", "shakspeare"], 3,
      "data.dataset: \"shakspeare\" is neither a dataset (shakespeare, tinystories, "
        + "wikitext-2, stories-en, stories-de) nor the path of a text file"),
    WrongInput(["--data", "empty.txt"], 3, "empty.txt: holds no text"),
    WrongInput(
      ["--data", "short.txt"], 3,
      "the text has 9 tokens, but one window needs 17; "
        + "use more text or a shorter model.n_positions"),
    WrongInput(
      ["--set", "data.validation=0.0001"], 3,
      "the validation text has 1 token, but an evaluation needs 2; "
        + "use more text or a larger data.validation"),
    WrongInput(
      ["--set", "data.validation=short.txt", "--set", "training.evaluate_protocol=random"], 3,
      "the validation text has 10 tokens, but an evaluation needs 17; "
        + "use more text or a larger data.validation"),
    WrongInput(
      ["--data", "latin1.txt"], 3,
      "latin1.txt: not valid UTF-8 at byte 3; convert it, for example with iconv, or "
        + "use trainer data prepare --replace-invalid"),
    WrongInput(
      ["--data", "folder"], 3,
      "folder: there is no text file in this folder; names end in .txt, .text, .md, .jsonl, "
        + ".ndjson, or in one of these and .gz"),
    WrongInput(
      ["--tokenizer", "gpt2", "--set", "tokenizer.path=folder"], 3,
      "folder: no tokenizer in this folder; it should have tokenizer.json, or vocab.json and "
        + "merges.txt, or encoder.json and vocab.bpe"),
    WrongInput(
      ["--data", "foreign.txt", "--set", "tokenizer.path=mine.json"], 3,
      "foreign.txt: the model's tokenizer lacks 1 of its characters, 40 in all: 'ö' (U+00F6) × 40; "
        + "replace them, or train a new model"),
  ])
  func wrongTexts(_ input: WrongInput) throws {
    let workplace = try Workplace()
    try workplace.write("", to: "empty.txt")
    try workplace.write("too short\n", to: "short.txt")
    try workplace.write(Array("caf".utf8) + [0xe9, 0x0a], to: "latin1.txt")
    try workplace.makeFolder("folder")
    #expect(
      try workplace.run(
        ["tokenizer", "train", "--kind", "character", "--data", "text.txt", "--out", "mine.json"]
      ).exitCode == 0)
    try workplace.write(String(repeating: "The öfox\n", count: 40), to: "foreign.txt")
    let before = workplace.names()
    let ending = try workplace.train(input.arguments)
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(workplace.names() == before)
  }

  @Test func anEarlierRunStaysWhereItIs() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    try workplace.write("too short\n", to: "short.txt")
    let before = workplace.names("run")
    for arguments in [["--data", "short.txt"], ["--set", "data.validation=0.0001"]] {
      #expect(try workplace.train(arguments).exitCode == 3)
    }
    #expect(workplace.names("run") == before)
    #expect(workplace.names() == ["run", "short.txt", "text.txt", "tiny.json"])
  }

  @Test func wrongPromptsAndTexts() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    try workplace.write("The\nfox ß\n", to: "foreign.txt")
    try workplace.makeFolder("texts")
    for name in ["a", "b"] { try workplace.write("fox ß\n", to: "texts/\(name).txt") }
    for input in [
      WrongInput(
        ["generate", "--prompt", "The Ä"], 4,
        "--prompt: the model's tokenizer lacks 1 of its characters, 1 in all: 'Ä' (U+00C4) × 1; "
          + "replace them, or train a new model"),
      WrongInput(
        ["generate", "--prompt-file", "none.txt"], 3, "none.txt: no such file; check the path"),
      WrongInput(
        ["evaluate", "--data", "none.txt"], 3, "none.txt: no such file; check the path"),
      WrongInput(
        ["evaluate", "--data", "foreign.txt"], 3,
        "foreign.txt: the character 'ß' (U+00DF) at line 2, column 5 (byte 8) is not in the "
          + "vocabulary; remove it, add it to the training text, or use the tokenizer gpt2, which "
          + "takes any text"),
      WrongInput(
        ["evaluate", "--data", "texts"], 3,
        "texts: the model's tokenizer lacks 1 of its characters, 2 in all: 'ß' (U+00DF) × 2; "
          + "replace them, or train a new model"),
      WrongInput(
        ["evaluate", "--stride", "17"], 2,
        "stride 17 is out of range; it takes 1 to 16, the window's length"),
    ] {
      let ending = try workplace.run(input.arguments + ["--checkpoint", "run"])
      #expect(ending.exitCode == input.exitCode)
      #expect(ending.faults == input.faults)
      #expect(ending.output == "")
    }
  }
}
