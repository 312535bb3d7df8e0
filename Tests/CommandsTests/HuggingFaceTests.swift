// `trainer export huggingface` and `trainer import huggingface` as a user runs them.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct HuggingFaceTests {
  private static let names = [
    "config.json", "generation_config.json", "merges.txt", "model.safetensors",
    "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
  ]

  /// A workplace with a finished run, and its model exported as `model`.
  private static func workplace(_ arguments: [String] = []) throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train(arguments).exitCode == 0)
    let ending = try export(workplace, "run", "model")
    #expect(ending.exitCode == 0, "\(ending.errors)")
    let last = ending.output.split(separator: "\n").last ?? ""
    #expect(
      last.contains("weights equal | logits within 0 | 64 greedy tokens equal | perplexity"))
    #expect(workplace.names("model") == names)
    return workplace
  }

  private static func export(
    _ workplace: Workplace, _ checkpoint: String, _ out: String, _ more: [String] = []
  ) throws -> ChildProcess.Ending {
    try workplace.run(
      ["export", "huggingface", "--checkpoint", checkpoint, "--out", out] + more)
  }

  @Test(arguments: [
    [], ["--tokenizer", "bpe", "--set", "tokenizer.vocab_size=270"],
    ["--set", "model.bias=false", "--set", "model.tie_embeddings=false"],
    ["--set", "model.activation=relu", "--set", "model.vocab_size=64"],
  ])
  func exportImportExportIsByteIdentical(_ arguments: [String]) throws {
    let workplace = try Self.workplace(arguments)
    let taken = try workplace.run(["import", "huggingface", "model", "--out", "taken"])
    #expect(taken.exitCode == 0, "\(taken.errors)")
    #expect(
      workplace.names("taken") == ["best.h5", "config.json", "latest.h5", "step-000000.h5"])
    #expect(try Self.export(workplace, "taken", "again").exitCode == 0)
    #expect(workplace.names("again") == Self.names)
    for name in Self.names {
      #expect(workplace.bytes("model/\(name)") == workplace.bytes("again/\(name)"), "\(name)")
    }
  }

  @Test func anImportedModelIsEvaluatedWrittenWithAndTrainedOn() throws {
    let workplace = try Self.workplace(["--precision", "fp32"])
    #expect(
      try workplace.run(["import", "huggingface", "model", "--out", "taken"]).exitCode == 0)
    // What it could not be written into leaves it out as a whole: another attempt succeeds.
    try workplace.makeFolder("blocked/config.json")
    let blocked = try workplace.run(["import", "huggingface", "model", "--out", "blocked"])
    #expect(blocked.exitCode == 4)
    #expect(
      blocked.faults == [
        "blocked/config.json: cannot be written: Is a directory; choose another --out"
      ])
    #expect(workplace.names("blocked") == ["config.json"])
    try workplace.makeFolder("linked/latest.h5")
    #expect(
      try workplace.run(["import", "huggingface", "model", "--out", "linked"]).exitCode == 4)
    #expect(workplace.names("linked") == ["latest.h5"])
    // It has no run, and so no settings of one.
    let about = try ["run", "taken"].map {
      try workplace.run(["info", "--checkpoint", $0]).output
    }
    #expect(about.allSatisfy { $0.contains("model.n_embd") && $0.contains("tokenizer.kind") })
    for key in ["training.batch_size", "tokenizer.min_frequency"] {
      #expect(about.map { $0.contains(key) } == [true, false])
    }
    let losses = try ["run", "taken"].map {
      let ending = try workplace.run(
        ["evaluate", "--checkpoint", $0, "--data", "text.txt", "--json"])
      return ending.output.split(separator: ",").filter { $0.contains("loss") }.joined()
    }
    #expect(losses[0] == losses[1] && !losses[0].isEmpty)
    let texts = try ["run", "taken"].map {
      try workplace.run(["generate", "--checkpoint", $0, "--prompt", "The", "--temperature", "0"])
        .output
    }
    #expect(texts[0] == texts[1])
    let started = try workplace.run([
      "--config", "tiny.json", "--out", "tuned", "--init-from", "taken/best.h5",
    ])
    #expect(started.exitCode == 0, "\(started.errors)")
    #expect(workplace.names("tuned").contains("step-000004.h5"))
    let ownText = try workplace.run(["evaluate", "--checkpoint", "taken"])
    #expect(ownText.exitCode == 3)
    #expect(
      ownText.faults == [
        "taken/best.h5: a model that was imported from model has no text of its own; name a text "
          + "with --data"
      ])
    for out in ["taken", "new"] {
      let resumed = try workplace.run([
        "--config", "tiny.json", "--out", out, "--resume", "taken/latest.h5",
      ])
      #expect(resumed.exitCode == 4)
      #expect(resumed.faults.first?.contains("start one from it: --init-from") == true)
    }
    #expect(!workplace.names().contains("new"))
  }

  @Test func otherPeoplesFilesStay() throws {
    let workplace = try Self.workplace()
    // An earlier export is replaced, and what else is there stays.
    try workplace.write("mine", to: "model/README.md")
    #expect(try Self.export(workplace, "run", "model/", ["--dtype", "bf16"]).exitCode == 0)
    #expect(String(decoding: workplace.bytes("model/README.md"), as: UTF8.self) == "mine")
    #expect(workplace.names("model").count == Self.names.count + 1)
    let config = workplace.bytes("model/config.json")
    // Anything else is not.
    try workplace.makeFolder("foreign")
    try workplace.write("{}", to: "foreign/config.json")
    let refused = try Self.export(workplace, "run", "foreign")
    #expect(refused.exitCode == 4)
    #expect(
      refused.faults == [
        "foreign: it holds a config.json that trainer has not exported; choose another --out, or "
          + "move it away"
      ])
    #expect(workplace.names("foreign") == ["config.json"])
    let again = try workplace.run(["import", "huggingface", "model", "--out", "run"])
    #expect(again.exitCode == 4)
    #expect(again.faults.first?.hasPrefix("run: it holds a run or another model;") == true)
    let ontoItself = try workplace.run(["import", "huggingface", "model", "--out", "model"])
    #expect(ontoItself.exitCode == 4)
    #expect(workplace.names("model").count == Self.names.count + 1)
    #expect(workplace.bytes("model/config.json") == config)
    #expect(!workplace.names().contains { $0.hasSuffix(".partial") })
  }

  @Test func wrongInputIsRefusedWithOneLine() throws {
    let workplace = try Self.workplace()
    try workplace.write(
      Array(workplace.bytes("model/model.safetensors").prefix(3_000)),
      to: "model/model.safetensors")
    try workplace.makeFolder("empty")
    let word = ["--config", "tiny.json", "--out", "words", "--tokenizer", "word"]
    #expect(try workplace.run(word).exitCode == 0)
    let wrong = [
      WrongInput(
        ["export", "huggingface", "--checkpoint", "none", "--out", "x"], 4,
        "none: cannot be read: No such file or directory; check the path"),
      WrongInput(
        ["export", "huggingface", "--checkpoint", "text.txt", "--out", "x"], 4,
        "text.txt: not an HDF5 file; a checkpoint is a file like step-000250.h5 of a run folder"),
      WrongInput(
        ["export", "huggingface", "--checkpoint", "words", "--out", "x"], 4,
        "this model cannot be exported as a Hugging Face model: its tokens are lower-cased words, "
          + "which no tokenizer there cuts the same way; train with tokenizer.kind bpe or character"
      ),
      WrongInput(
        ["import", "huggingface", "none", "--out", "x"], 4,
        "none: cannot be read: No such file or directory; check the path and its permissions"),
      WrongInput(
        ["import", "huggingface", "text.txt", "--out", "x"], 4,
        "text.txt: is a file; name the folder that it is in"),
      WrongInput(
        ["import", "huggingface", "empty", "--out", "x"], 4,
        "empty: config.json is missing; name a folder as save_pretrained writes it"),
      WrongInput(
        ["import", "huggingface", "run", "--out", "x"], 4,
        "run/config.json: a model of type unknown; only GPT-2 (model_type gpt2) can be imported"),
    ]
    for input in wrong {
      let ending = try workplace.run(input.arguments)
      #expect(ending.exitCode == input.exitCode, "\(input)")
      #expect(ending.faults == input.faults, "\(input)")
      #expect(ending.output == "", "\(input)")
    }
    let truncated = try workplace.run(["import", "huggingface", "model", "--out", "x"])
    #expect(truncated.exitCode == 4)
    #expect(truncated.faults.count == 1)
    #expect(!workplace.names().contains { $0.hasPrefix("x") })
  }

  /// The last weights of an export, as `bytes` that are repeated.
  private static func replaceLastWeights(_ workplace: Workplace, with bytes: [UInt8]) throws {
    let file = "model/model.safetensors"
    let count = 64
    let weights = (0..<count).flatMap { _ in bytes }
    try workplace.write(workplace.bytes(file).dropLast(weights.count) + weights, to: file)
  }

  @Test func weightsThatAreNoNumbersAreNotTaken() throws {
    let workplace = try Self.workplace()
    try Self.replaceLastWeights(workplace, with: [0, 0, 0xc0, 0x7f])
    let taken = try workplace.run(["import", "huggingface", "model", "--out", "x"])
    #expect(taken.exitCode == 4)
    #expect(
      taken.faults.first?.hasSuffix(
        " holds numbers that are infinite or none; take another model") == true,
      "\(taken.errors)")
    #expect(taken.faults.count == 1 && !workplace.names().contains("x"))
  }

  /// Finite weights that are too large to compute with.
  @Test func aModelWhoseNumbersOverflowSaysNothing() throws {
    let workplace = try Self.workplace()
    try Self.replaceLastWeights(workplace, with: [0, 0, 0x7f, 0x7f])
    #expect(try workplace.run(["import", "huggingface", "model", "--out", "x"]).exitCode == 0)
    for arguments in [
      ["generate", "--prompt", "The"], ["chat", "--prompt", "The"], ["complete", "The ___"],
      ["inspect", "logits", "--prompt", "The quick brow"], ["evaluate", "--data", "text.txt"],
    ] {
      let ending = try workplace.run(arguments + ["--checkpoint", "x"])
      #expect(ending.exitCode == 5, "\(arguments): \(ending.output)\(ending.errors)")
      #expect(ending.faults.count == 1, "\(arguments): \(ending.errors)")
    }
    let evaluation = try workplace.run(
      ["evaluate", "--data", "text.txt", "--checkpoint", "x"], program: Workplace.launcher(ranks: 2)
    )
    #expect(evaluation.exitCode == 5 && evaluation.output == "")
    #expect(evaluation.faults.count == 1, "\(evaluation.errors)")
  }
}
