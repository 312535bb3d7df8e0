// Command lines that ask for help, and command lines and configurations that make no sense.
import Testing

@Suite struct UsageTests {
  @Test(arguments: [
    (["--help"], "USAGE: trainer [train] --config FILE"), (["help", "generate"], "--prompt"),
    (["evaluate", "--help"], "--stride"), (["--version"], "0."),
  ])
  func helpIsAResult(_ arguments: [String], _ part: String) throws {
    let ending = try Workplace().run(arguments)
    #expect(ending.exitCode == 0)
    #expect(ending.output.contains(part))
    #expect(ending.errors == "")
  }

  @Test(arguments: [
    WrongInput(
      [], 2,
      "nothing to train: name a configuration (--config micro.json), a shape (--preset nano) "
        + "or a text (--data notes.txt)"),
    WrongInput(["--dta", "x"], 2, "Unknown option '--dta'. Did you mean '--data'?"),
    WrongInput(
      ["tran"], 2,
      "no command \"tran\"; there are train, evaluate, generate, chat, complete, inspect, info, "
        + "benchmark, export, import, data, tokenizer"),
    WrongInput(["--config", "tiny.json", "--out", ""], 2, "--out: name a folder"),
    WrongInput(["evaluate"], 2, "name a --checkpoint"),
    WrongInput(
      ["generate", "--checkpoint", "x", "--prompt", "-a", "--temperature", "-1"], 2,
      "--temperature -1.0: a number from 0"),
    WrongInput(
      ["generate", "--checkpoint", "x", "--seed", "-1"], 2,
      "--seed -1: a whole number from 0 to 9007199254740992"),
    WrongInput(
      ["generate", "--checkpoint", "x", "--seed", "9223372036854775808"], 2,
      "--seed 9223372036854775808: a whole number from 0 to 9007199254740992"),
    WrongInput(
      ["evaluate", "--gguf", "x.gguf"], 2, "--gguf: name a text with --data, or --phrases"),
    WrongInput(
      ["inspect", "attention", "--gguf", "x.gguf", "--checkpoint", "x", "--prompt", "a"], 2,
      "name a --checkpoint or a --gguf file, one of them"),
    WrongInput(["benchmark", "--steps", "0"], 2, "--steps 0: 1 to 100000"),
  ])
  func wrongCommandLines(_ input: WrongInput) throws {
    let ending = try Workplace().run(input.arguments)
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(ending.output == "")
  }

  @Test(arguments: [
    WrongInput(
      ["--set", "model.n_leyer=3"], 2,
      "--set: model.n_leyer: unknown key; did you mean model.n_layer?"),
    WrongInput(
      ["--max-steps", "ten"], 2,
      "--max-steps: training.max_steps: a text (\"ten\") is not allowed; "
        + "it takes a whole number from 1 to 1000000000"),
    WrongInput(
      ["--set", "model.dropout=1"], 2,
      "--set: model.dropout: 1 is out of range; it takes a number from 0 to 0.99"),
    WrongInput(
      ["--set", "model.n_head=3"], 2,
      "--set: model.n_head: 3 does not divide n_embd 16; try 2 or 4"),
    WrongInput(
      ["--precision", "half"], 2,
      "--precision: training.precision: \"half\" is out of range; it takes \"auto\" or \"fp32\" "
        + "or \"bf16\""),
    WrongInput(
      ["--preset", "huge"], 2, "--preset: preset: no \"huge\"; there are nano, micro, small"),
  ])
  func wrongSettings(_ input: WrongInput) throws {
    let workplace = try Workplace()
    let ending = try workplace.train(input.arguments)
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(workplace.names() == ["text.txt", "tiny.json"])
  }

  /// Values that begin with a dash are values.
  @Test func valuesMayBeginWithADash() throws {
    let workplace = try Workplace()
    try workplace.write("-- gone\n-stays\n" + Workplace.text, to: "notes.txt")
    let made = try workplace.run([
      "tokenizer", "train", "--kind", "bpe", "--vocab-size", "260", "--special-token", "-end-",
      "--data", "notes.txt", "--out", "mine.json",
    ])
    #expect(made.exitCode == 0 && made.output.contains("-end-"), "\(made.errors)")
    let encoded = try workplace.run(["tokenizer", "encode", "mine.json", "--text", "-x", "--plain"])
    #expect(encoded.exitCode == 0 && encoded.output.split(separator: " ").count == 2)
    let decoded = try workplace.run(["tokenizer", "decode", "mine.json", "--text", "-1"])
    #expect(decoded.exitCode == 3 && decoded.faults.first?.contains("id -1 ") == true)
    let prepared = try workplace.run([
      "data", "prepare", "notes.txt", "--out", "tokens", "--tokenizer", "character",
      "--remove-comments", "--comment-prefix", "-- ", "--json",
    ])
    #expect(prepared.exitCode == 0, "\(prepared.errors)")
    #expect(prepared.output.contains(#""comment_lines_removed": 1"#))
  }

  /// Each paragraph fills its lines, and nothing is listed twice.
  @Test(arguments: [["train"], ["data", "prepare"]]) func helpIsFilled(_ command: [String]) throws {
    let help = try Workplace().run(command + ["--help"], environment: ["COLUMNS": "80"]).output
    for paragraph in try Self.discussion(help) {
      let lines = paragraph.split(separator: "\n")
      for (line, next) in zip(lines, lines.dropFirst()) {
        let word = next.prefix { $0 != " " }
        // The parser keeps the last column free.
        #expect(line.count + 1 + word.count >= 80, "\(line)")
      }
    }
  }

  private static func discussion(_ help: String) throws -> [Substring] {
    let end = try #require(help.firstRange(of: "USAGE:")).lowerBound
    return help[..<end].split(separator: "\n\n").dropFirst().map { $0 }
  }

  @Test func formatsAreListedOnce() throws {
    let help = try Workplace().run(["export", "gguf", "--help"]).output
    #expect(help.ranges(of: "q5_k").count == 1)
  }

  /// As the README's table has it: what cannot be written counts with what it is.
  @Test(
    arguments: [
      (["data", "prepare", "text.txt", "--tokenizer", "character", "--out", "/proc/none"], 3),
      (
        ["tokenizer", "train", "--kind", "character", "--data", "text.txt", "--out", "/proc/none"],
        3
      ),
      (["--config", "tiny.json", "--out", "/proc/none"], 4),
    ] as [([String], Int32)])
  func whatCannotBeWritten(_ arguments: [String], _ exitCode: Int32) throws {
    #expect(try Workplace().run(arguments).exitCode == exitCode)
  }

  @Test func everyFaultOfAFileIsToldAtOnce() throws {
    let workplace = try Workplace()
    try workplace.write(
      "{\n \"model\": { \"n_leyer\": 3, \"n_head\": \"six\",\n  \"n_embd\": 0 },\n \"trainning\": {} }",
      to: "wrong.json")
    let ending = try workplace.run(["--config", "wrong.json"])
    #expect(ending.exitCode == 2)
    #expect(
      ending.faults == [
        "wrong.json:2: model.n_leyer: unknown key; did you mean model.n_layer?",
        "wrong.json: model.n_head: a text (\"six\") is not allowed; "
          + "it takes a whole number from 1 to 1024",
        "wrong.json: model.n_embd: 0 is out of range; it takes a whole number from 1 to 65536",
        "wrong.json:4: trainning: unknown section; did you mean training?",
      ])
  }

  @Test func aMissingConfigurationIsLookedForInThreePlaces() throws {
    let ending = try Workplace().run(["--config", "none.json"])
    #expect(ending.exitCode == 2)
    #expect(ending.faults.count == 1)
    let fault = try #require(ending.faults.first)
    #expect(
      fault.hasPrefix(
        "none.json: there is no such configuration file; looked for none.json, configs/none.json, /"
      ))
  }

  @Test func syntaxErrorsNameTheirPlace() throws {
    let workplace = try Workplace()
    try workplace.write("{\n \"model\": { \"n_layer\": }\n}", to: "wrong.json")
    let ending = try workplace.run(["--config", "wrong.json"])
    #expect(ending.exitCode == 2)
    #expect(ending.faults.count == 1)
    #expect(ending.faults.first?.hasPrefix("wrong.json:2:") == true)
  }
}
