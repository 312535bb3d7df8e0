// What commands give on standard output, to people and to programs.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ResultTests {
  private static func workplace() throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train(["--max-steps", "20", "--quiet"]).exitCode == 0)
    return workplace
  }

  /// A command's output as one JSON object.
  static func json<Value: Decodable>(_ ending: ChildProcess.Ending, as type: Value.Type) throws
    -> Value
  {
    #expect(ending.exitCode == 0, "\(ending.errors)")
    #expect(ending.output.split(separator: "\n").count == 1)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(ending.output.utf8))
  }

  @Test(arguments: [("nano", 12_515_520), ("micro", 30_339_456), ("small", 51_475_968)])
  func presetsHaveTheirSizes(_ name: String, _ parameters: Int) throws {
    struct Description: Decodable {
      struct Setting: Decodable { let source: String }
      let parameters: Int
      let configuration: [String: Setting]
    }
    let description = try Self.json(
      Workplace().run(["info", "--config", "\(name).json", "--json", "--max-steps", "7"]),
      as: Description.self)
    #expect(description.parameters == parameters)
    #expect(description.configuration["training.max_steps"]?.source == "--max-steps")
    #expect(description.configuration["model.n_embd"]?.source == "preset \(name)")
  }

  @Test func informationAboutACheckpoint() throws {
    struct Description: Decodable {
      struct Setting: Decodable { let source: String }
      let checkpoint: String
      let step, tokens, parameters: Int
      let configuration: [String: Setting]
    }
    let workplace = try Self.workplace()
    let json = try workplace.run(["info", "--checkpoint", "run", "--json"])
    let description = try Self.json(json, as: Description.self)
    #expect(description.checkpoint == "run/best.h5")
    #expect(description.step == 20)
    #expect(description.tokens == 20 * 4 * 16)
    #expect(description.parameters == 4_208)
    #expect(description.configuration["training.batch_size"]?.source == "checkpoint")
    #expect(json.output.contains(#""training.batch_size": {"value": 4,"#))
    let lines = try workplace.run(["info", "--checkpoint", "run"]).output.split(separator: "\n")
    #expect(lines.contains { $0.split(separator: " ") == ["training.batch_size", "4"] })
  }

  struct Measurement: Decodable {
    let tokensPerSecond, stepSeconds, communicationSeconds, gflops: Double
    let peakRssBytes, ranks: Int
  }

  @Test func benchmark() throws {
    let measurement = try Self.json(
      Workplace().run([
        "benchmark", "--preset", "nano", "--batch", "1", "--sequence", "32", "--steps", "1",
        "--json",
      ]), as: Measurement.self)
    #expect(measurement.stepSeconds > 0 && measurement.gflops > 0)
    let product = measurement.tokensPerSecond * measurement.stepSeconds
    #expect(abs(product - 32) < 1e-6)
    // Parameters, gradients and two moments are 12.3 million floats each.
    #expect(measurement.peakRssBytes > 4 * 4 * 12_300_000)
    #expect(measurement.ranks == 1)
  }

  struct Shape: Decodable {
    let parameters, batch, sequence, ranks, peakRssBytes: Int
    let config: String
    let precision: String
    let loss: Double
  }

  /// Everything is the file's, the vocabulary the text's, unless a variable or a flag says otherwise.
  @Test func benchmarkOfAConfiguration() throws {
    let workplace = try Workplace()
    let file = String(decoding: workplace.bytes("tiny.json"), as: UTF8.self)
      .replacing("\"batch_size\": 4", with: "\"batch_size\": 6")
    try workplace.write(file, to: "six.json")
    func measure(
      _ arguments: [String] = [], _ environment: [String: String] = [:], ranks: Int = 1
    ) throws -> Shape {
      try Self.json(
        workplace.run(
          ["benchmark", "--config", "six.json", "--steps", "1", "--json"] + arguments,
          program: ranks == 1 ? [Workplace.trainer] : Workplace.launcher(ranks: ranks),
          environment: environment), as: Shape.self)
    }
    let own = try measure()
    #expect(own.config == "six.json" && own.precision == "fp32")
    #expect(own.parameters == 4_208 && own.batch == 6 && own.sequence == 16)
    let variables = ["TRAINER_TRAINING_BATCH_SIZE": "2", "TRAINER_MODEL_N_POSITIONS": "8"]
    let told = try measure([], variables)
    // Eight positions less, 16 wide.
    #expect(told.batch == 2 && told.sequence == 8 && told.parameters == 4_208 - 8 * 16)
    let flagged = try measure(["--batch", "3", "--sequence", "4"], variables)
    #expect(flagged.batch == 3 && flagged.sequence == 4)
    #expect(try measure(ranks: 2).ranks == 2)
    // Rows beyond the tokenizer's tokens are parameters, but no tokens: ln 40 is 3.7, ln 5000 8.5.
    let padded = try measure(["--set", "model.vocab_size=5000"])
    #expect(padded.parameters > 5_000 * 16)
    #expect(padded.loss < 4)
    let few = try workplace.run(
      ["benchmark", "--config", "six.json", "--set", "model.vocab_size=20"])
    #expect(few.exitCode == 2)
    #expect(few.faults.first?.hasPrefix("--set: model.vocab_size: 20 rows do not hold") == true)
    let absent = try measure(["--set", "data.dataset=none.txt", "--set", "model.vocab_size=40"])
    #expect(absent.parameters == own.parameters)
  }

  /// A vocabulary is a text's; the memory that this takes is not the steps'.
  @Test func benchmarkAndTheTextOfItsVocabulary() throws {
    let workplace = try Workplace()
    func peak() throws -> Int {
      try Self.json(
        workplace.run(["benchmark", "--config", "tiny.json", "--steps", "1", "--json"]),
        as: Shape.self
      ).peakRssBytes
    }
    let small = try peak()
    try workplace.write(
      String(repeating: Workplace.text, count: 30_000_000 / Workplace.text.utf8.count),
      to: "text.txt")
    #expect(try peak() < small + 20_000_000)
    let missing = try workplace.run(
      ["benchmark", "--config", "tiny.json", "--set", "data.dataset=shakespeare"])
    #expect(missing.exitCode == 2)
    #expect(
      missing.faults == [
        "tiny.json: model.vocab_size: the vocabulary is that of shakespeare, which is not on this "
          + "machine; train once, or say how many tokens it has, as in --set model.vocab_size=65"
      ])
  }

  struct Evaluation: Decodable {
    let loss, perplexity, bitsPerByte: Double
    let tokens, window, stride: Int
  }

  @Test func evaluation() throws {
    let workplace = try Self.workplace()
    func evaluate(_ arguments: [String]) throws -> Evaluation {
      try Self.json(
        workplace.run(["evaluate", "--checkpoint", "run", "--json"] + arguments),
        as: Evaluation.self)
    }
    let side = try evaluate([])
    #expect(side.tokens == Workplace.text.utf8.count / 10)
    #expect(side.window == 16 && side.stride == 16)
    let sliding = try evaluate(["--stride", "4"])
    #expect(sliding.tokens == side.tokens && sliding.stride == 4)
    #expect(sliding.loss != side.loss)
    let small = try evaluate(["--micro-batch", "1"])
    #expect(abs(small.perplexity - side.perplexity) < 1e-6 * side.perplexity)
    let whole = try evaluate(["--data", "text.txt"])
    #expect(whole.tokens == Workplace.text.utf8.count - 1)
    // Every character of the text is one byte.
    #expect(abs(side.bitsPerByte - side.loss / 0.693_147_180_559_945_3) < 1e-9)
  }

  @Test func generation() throws {
    let workplace = try Self.workplace()
    func generate(_ arguments: [String]) throws -> String {
      let ending = try workplace.run(["generate", "--checkpoint", "run"] + arguments)
      #expect(ending.exitCode == 0 && ending.errors == "")
      return ending.output
    }
    // Forty characters from a window of sixteen.
    let text = try generate(["--prompt", "The quick", "--max-new-tokens", "40", "--seed", "5"])
    #expect(text.hasPrefix("The quick"))
    #expect(text.unicodeScalars.count == 9 + 40 + 1)
    #expect(
      try generate(["--prompt", "The quick", "--max-new-tokens", "40", "--seed", "5"]) == text)
    #expect(
      try generate(["--prompt", "The quick", "--max-new-tokens", "40", "--seed", "6"]) != text)
    try workplace.write("The quick", to: "prompt.txt")
    #expect(
      try generate(["--prompt-file", "prompt.txt", "--max-new-tokens", "40", "--seed", "5"])
        == text)
    let greedy = try generate(["--temperature", "0", "--seed", "5"])
    #expect(try generate(["--temperature", "0", "--seed", "6"]) == greedy)
    let samples = try generate(["--prompt", "fox", "--num-samples", "2", "--max-new-tokens", "5"])
    #expect(samples.hasPrefix("--- 1\nfox"))
    #expect(samples.contains("\n--- 2\nfox"))
  }

  @Test func aReaderThatGoesAwayEndsTheText() throws {
    let workplace = try Self.workplace()
    let ending = try workplace.run(
      ["generate", "--checkpoint", "run", "--prompt", "The", "--max-new-tokens", "1000000000"],
      program: ["sh", "-c", "\"$0\" \"$@\" | head -c 3", Workplace.trainer])
    #expect(ending.exitCode == 0)
    #expect(ending.output == "The")
    #expect(!ending.isOverdue)
  }

  @Test func aQuietRunSaysNothing() throws {
    let ending = try Workplace().train(["--quiet"])
    #expect(ending.exitCode == 0)
    #expect(ending.output == "")
    #expect(ending.errors == "")
  }

  @Test func pathsMayHoldSpaces() throws {
    let workplace = try Workplace()
    try workplace.write(Workplace.text, to: "my own text.txt")
    let ending = try workplace.train(["--data", "my own text.txt", "--out", "my run"])
    #expect(ending.exitCode == 0)
    #expect(
      ending.errors.hasSuffix(
        "\nfinished (max_steps) at step 4; write text with: "
          + "trainer generate --checkpoint 'my run'\n"))
    #expect(try workplace.run(["evaluate", "--checkpoint", "my run"]).exitCode == 0)
  }

  @Test func withoutANetworkTheStoriesTakeTheTextsPlace() throws {
    let workplace = try Workplace()
    let ending = try workplace.run([
      "--config", "micro.json", "--max-steps", "2", "--out", "run",
      "--set", "model.n_layer=1", "--set", "model.n_embd=12", "--set", "model.n_positions=32",
      "--set", "training.evaluate_protocol=random", "--set", "schedule.warmup_steps=0",
    ])
    #expect(ending.exitCode == 0)
    #expect(ending.faults == [])
    #expect(ending.warnings.count == 1)
    let warning = try #require(ending.warnings.first)
    for part in [
      "shakespeare is not available (TRAINER_OFFLINE=1 forbids downloads)", "stories-en",
      "gpt2", "/cache/shakespeare/input.txt", "/cache/gpt2/vocab.bpe", "/cache/gpt2/encoder.json",
    ] {
      #expect(warning.contains(part))
    }
    #expect(ending.steps.count == 2)
    #expect(ending.errors.contains(" parameters | stories-en: "))
  }
}
