// `trainer generate`, `complete` and `inspect` as a user meets them.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct WritingTests {
  private static func workplace() throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train(["--max-steps", "20", "--quiet"]).exitCode == 0)
    return workplace
  }

  /// Runs the trainer behind a shell that feeds it `input`.
  private static func run(
    _ workplace: Workplace, _ arguments: [String], input: String
  ) throws -> ChildProcess.Ending {
    try workplace.write(input, to: "input")
    return try workplace.run(
      arguments, program: ["sh", "-c", "cat input | \"$0\" \"$@\"", Workplace.trainer])
  }

  private struct Generation: Decodable {
    struct Text: Decodable {
      let prompt, text, end: String
      let tokens: Int
    }
    let texts: [Text]
    let tokens: Int
  }

  private static func generate(
    _ workplace: Workplace, _ arguments: [String]
  ) throws -> Generation {
    try ResultTests.json(
      workplace.run(["generate", "--checkpoint", "run", "--json"] + arguments),
      as: Generation.self)
  }

  @Test func theCacheChangesNoText() throws {
    let workplace = try Self.workplace()
    let arguments = [
      "generate", "--checkpoint", "run", "--prompt", "The", "--max-new-tokens", "40",
      "--temperature", "0",
    ]
    let cached = try workplace.run(arguments)
    #expect(cached.exitCode == 0)
    #expect(try workplace.run(arguments + ["--no-cache"]).output == cached.output)
  }

  /// The text and the model do not belong together, whichever command it is for.
  @Test(arguments: [
    (["generate", "--prompt", "The £"], "--prompt"), (["chat", "--prompt", "The £"], "message"),
    (["complete", "The £ ___"], "text"), (["inspect", "logits", "--prompt", "The £"], "--prompt"),
    (["inspect", "attention", "--prompt", "The £"], "--prompt"),
    (["inspect", "embeddings", "--near", "£"], "--near"),
  ])
  func unknownCharactersAreNamed(_ arguments: [String], _ name: String) throws {
    let workplace = try Self.workplace()
    let ending = try workplace.run(arguments + ["--checkpoint", "run"])
    #expect(ending.exitCode == 4, "\(ending.errors)")
    #expect(ending.faults.count == 1)
    let fault = try #require(ending.faults.first)
    #expect(fault.hasPrefix("\(name): ") && fault.contains("'£'"), "\(fault)")
  }

  @Test func aStopStringIsNotPrinted() throws {
    let workplace = try Self.workplace()
    let text = try #require(
      try Self.generate(workplace, ["--prompt", "fox", "--max-new-tokens", "30"]).texts.first)
    #expect(text.end == "length" && text.tokens == 30)
    // Three characters of it, which are three tokens, somewhere in the middle.
    let written = text.text.dropFirst(3)
    let stop = String(written.dropFirst(12).prefix(3)).replacing("\n", with: "\\n")
    let stopped = try #require(
      try Self.generate(
        workplace, ["--prompt", "fox", "--max-new-tokens", "30", "--stop", "###", "--stop", stop]
      ).texts.first)
    #expect(stopped.end == "stop")
    #expect(stopped.tokens <= 15)
    #expect(text.text.hasPrefix(stopped.text))
    #expect(!stopped.text.dropFirst(3).contains(stop))
  }

  @Test func promptsComeFromPipesAndFiles() throws {
    let workplace = try Self.workplace()
    let options = ["generate", "--checkpoint", "run", "--max-new-tokens", "20"]
    let said = try workplace.run(options + ["--prompt", "The fox"])
    #expect(try Self.run(workplace, options, input: "The fox\n").output == said.output)
    for option in ["--prompt", "--prompt-file"] {
      #expect(
        try Self.run(workplace, options + [option, "-"], input: "The fox").output == said.output)
    }
    #expect(
      try Self.run(workplace, options + ["--prompt", "The fox"], input: "other").output
        == said.output)
    try workplace.write("The fox\r\n", to: "prompt.txt")
    #expect(try workplace.run(options + ["--prompt-file", "prompt.txt"]).output == said.output)
    let silent = try workplace.run(options + ["--prompt", "The fox", "--no-echo"])
    #expect("The fox" + silent.output == said.output)
    // The summary goes to standard error, and only where it is asked for.
    #expect(said.errors == "")
    let told = try workplace.run(options + ["--prompt", "The fox", "--summary"])
    #expect(told.output == said.output)
    #expect(told.errors.hasPrefix("20 tokens | ") && told.errors.count <= 61)
  }

  @Test func promptsComeLineByLine() throws {
    let workplace = try Self.workplace()
    let ending = try Self.run(
      workplace, ["generate", "--checkpoint", "run", "-i", "--max-new-tokens", "4"],
      input: "The\né\nfox\nexit\ndog\n")
    #expect(ending.exitCode == 0)
    #expect(ending.output.hasPrefix("The"))
    #expect(ending.output.contains("\nfox"))
    #expect(!ending.output.contains("dog"))
    #expect(ending.faults.count == 1)
  }

  @Test func aDemonstrationHasPromptsOfItsOwn() throws {
    let workplace = try Self.workplace()
    let texts = try Self.generate(workplace, ["--demo", "--max-new-tokens", "5"]).texts
    #expect(texts.count >= 3)
    #expect(texts.allSatisfy { $0.tokens == 5 })
    let ending = try workplace.run([
      "generate", "--checkpoint", "run", "--demo", "--max-new-tokens", "5",
    ])
    #expect(ending.output.hasPrefix("--- always the likeliest\n"))
  }

  @Test func controlCEndsATextWhole() throws {
    let workplace = try Self.workplace()
    let process = try workplace.start([
      "generate", "--checkpoint", "run", "--prompt", "The", "--max-new-tokens", "100000000",
      "--summary",
    ])
    _ = ChildProcess.wait(limit: 0.7) { false }
    process.send(2)
    let ending = process.wait(limit: Workplace.limit)
    #expect(ending.exitCode == 130 && !ending.isOverdue)
    #expect(ending.output.hasPrefix("The") && ending.output.hasSuffix("\n"))
    #expect(ending.errors.contains(" tok/s | "))
  }

  @Test func blanksAreFilled() throws {
    struct Result: Decodable {
      struct Completion: Decodable {
        let fillers: [String]
        let text: String
        let probability: Double
      }
      let completions: [Completion]
    }
    let workplace = try Self.workplace()
    let result = try ResultTests.json(
      workplace.run(["complete", "--checkpoint", "run", "The ___ fox", "--top", "3", "--json"]),
      as: Result.self)
    #expect(result.completions.count == 3)
    #expect(result.completions.allSatisfy { $0.text == "The \($0.fillers[0]) fox" })
    let table = try workplace.run(["complete", "--checkpoint", "run", "The ___ fox"])
    #expect(table.output.hasPrefix("rank  filler"))
    #expect(table.output.split(separator: "\n").count == 6)
  }

  /// Offsets count from where the text begins, not from a blank.
  @Test func invalidBytesOfAPhraseAreNamedByTheirPlace() throws {
    let workplace = try Self.workplace()
    try workplace.write(Array("The ___ f".utf8) + [0xff], to: "text")
    let ending = try workplace.run(
      ["-c", "\"$0\" complete --checkpoint run < text", Workplace.trainer], program: ["sh"])
    #expect(ending.exitCode == 4)
    #expect(ending.faults.first?.hasPrefix("text: invalid UTF-8 at byte 9; ") == true)
  }

  @Test func logitsAttentionAndEmbeddingsAreShown() throws {
    struct Logits: Decodable {
      struct Position: Decodable {
        struct Next: Decodable {
          let token: String
          let probability: Double
        }
        let token: String
        let next: [Next]
      }
      let positions: [Position]
    }
    struct Attention: Decodable {
      struct Head: Decodable {
        let layer, head: Int
        let weights: [[Double]]
      }
      let tokens: [String]
      let heads: [Head]
    }
    struct Embeddings: Decodable {
      struct Near: Decodable {
        let token: String
        let cosine: Double
      }
      let nearest: [Near]
    }
    let workplace = try Self.workplace()
    func inspect(_ arguments: [String]) throws -> ChildProcess.Ending {
      try workplace.run(
        ["inspect", arguments[0], "--checkpoint", "run"] + arguments.dropFirst(),
        environment: ["COLUMNS": "60"])
    }
    let logits = try ResultTests.json(
      inspect(["logits", "--prompt", "The ", "--top", "1000", "--json"]), as: Logits.self)
    #expect(logits.positions.map(\.token) == [" "])
    let sum = logits.positions[0].next.reduce(0) { $0 + $1.probability }
    #expect(abs(sum - 1) < 1e-5)
    let all = try ResultTests.json(
      inspect(["logits", "--prompt", "The ", "--top", "1", "--json", "--all-positions"]),
      as: Logits.self)
    #expect(all.positions.map(\.token) == ["T", "h", "e", " "])
    #expect(all.positions[3].next[0].token == logits.positions[0].next[0].token)

    let attention = try ResultTests.json(
      inspect(["attention", "--prompt", "The fox", "--json"]), as: Attention.self)
    #expect(attention.tokens.joined() == "The fox")
    #expect(attention.heads.map(\.head) == [0, 1])
    for row in attention.heads.flatMap(\.weights) {
      #expect(abs(row.reduce(0, +) - 1) < 1e-5)
    }
    let near = try ResultTests.json(
      inspect(["embeddings", "--near", "o", "--top", "2", "--json"]), as: Embeddings.self)
    #expect(near.nearest.count == 2 && near.nearest[0].cosine >= near.nearest[1].cosine)
    for arguments in [
      ["logits", "--prompt", "The fox"], ["logits", "--prompt", "The fox", "--all-positions"],
      ["attention", "--prompt", "The fox"], ["attention", "--prompt", "The fox", "--layer", "0"],
      ["embeddings", "--near", "fox"],
    ] {
      let ending = try inspect(arguments)
      #expect(ending.exitCode == 0)
      #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
      #expect(ending.output.split(separator: "\n").count > 2)
    }
  }

  @Test(arguments: [
    WrongInput(
      ["generate", "--prompt", "é — é"], 4,
      "--prompt: the model's tokenizer lacks 2 of its characters, 3 in all: "
        + "'é' (U+00E9) × 2, '—' (U+2014) × 1; replace them, or train a new model"),
    WrongInput(["generate", "--min-p", "2"], 2, "--min-p 2.0: from 0 to 1"),
    WrongInput(["generate", "--stop", ""], 2, "--stop: name a text"),
    WrongInput(
      ["generate", "--repetition-penalty", "0"], 2, "--repetition-penalty 0.0: a number above 0"),
    WrongInput(
      ["generate", "--demo", "--top-k", "3"], 2,
      "--demo has prompts and settings of its own: leave out those and --interactive"),
    WrongInput(
      ["complete", "no blank"], 2,
      "there is no blank in the text; write ___ where a word is missing"),
    WrongInput(
      ["inspect", "attention", "--prompt", "The", "--layer", "1"], 2,
      "--layer 1: the model has layers 0 to 0"),
    WrongInput(
      ["inspect", "logits", "--prompt", "The quick brown fox"], 2,
      "the prompt has 19 tokens, but the model's context holds 16; give a shorter one"),
    WrongInput(
      ["evaluate", "--phrases", "p.tsv", "--per-document"], 2,
      "--phrases: with one --checkpoint or --gguf and without --data or its options"),
  ])
  func wrongInput(_ input: WrongInput) throws {
    let workplace = try Self.workplace()
    let ending = try workplace.run(input.arguments + ["--checkpoint", "run"])
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(ending.output == "")
  }
}
