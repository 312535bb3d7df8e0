// Models as GGUF files, as people write and use them.
import TestSupport
import Testing

@Suite struct GGUFCommandTests {
  private static func workplace(_ arguments: [String] = []) throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train(["--max-steps", "30", "--quiet"] + arguments).exitCode == 0)
    return workplace
  }

  private func greedy(_ workplace: Workplace, _ source: [String]) throws -> String {
    let ending = try workplace.run(
      ["generate", "--prompt", "The ", "--temperature", "0", "--max-new-tokens", "40"] + source)
    #expect(ending.exitCode == 0, "\(ending.errors)")
    return ending.output
  }

  @Test func anExportedModelWritesTheSame() throws {
    let workplace = try Self.workplace()
    let ending = try workplace.run(
      ["export", "gguf", "--checkpoint", "run", "--quantize", "F32"])
    #expect(ending.exitCode == 0, "\(ending.errors)")
    let lines = ending.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("Run-4.2K-F32.gguf | ") == true)
    #expect(
      lines.last?.hasPrefix("weights equal | logits within 0 | 64 greedy tokens equal | ") == true)
    #expect(
      try greedy(workplace, ["--checkpoint", "run"])
        == greedy(workplace, ["--gguf", "Run-4.2K-F32.gguf"]))
    let reply = try workplace.run(["chat", "--gguf", "Run-4.2K-F32.gguf", "--prompt", "The"])
    #expect(reply.exitCode == 0, "\(reply.errors)")
  }

  @Test func aFileIsLookedIntoLikeACheckpoint() throws {
    let workplace = try Self.workplace()
    try workplace.write("the ___ dog.\tlazy\n", to: "p.tsv")
    #expect(
      try workplace.run(
        ["export", "gguf", "--checkpoint", "run", "--quantize", "f32", "--out", "run.gguf"]
      ).exitCode == 0)
    for arguments in [
      ["inspect", "logits", "--prompt", "The"], ["inspect", "attention", "--prompt", "The fox"],
      ["inspect", "embeddings", "--near", "o"], ["complete", "The ___ fox"],
      ["evaluate", "--phrases", "p.tsv"], ["evaluate", "--data", "text.txt", "--stride", "5"],
    ] {
      let endings = try [["--checkpoint", "run/best.h5"], ["--gguf", "run.gguf"]].map {
        try workplace.run(arguments + $0)
      }
      #expect(endings[1].exitCode == 0 && !endings[1].output.isEmpty, "\(endings[1].errors)")
      #expect(
        endings[1].output.replacing("run.gguf", with: "run/best.h5") == endings[0].output,
        "\(arguments)")
    }
  }

  @Test func aModelIsCalledAsItsRunFolderIs() throws {
    let workplace = try Self.workplace()
    try workplace.makeFolder("run/other")
    for (checkpoint, file) in [
      ("run/other/..", "Run-4.2K-F16.gguf"), ("./run/.", "Run-4.2K-F16.gguf"),
      ("mine.h5", "Mine-4.2K-F16.gguf"),
    ] {
      try workplace.write(workplace.bytes("run/best.h5"), to: "mine.h5")
      let out = "models-\(file.first ?? " ")\(checkpoint.count)/"
      let ending = try workplace.run(
        ["export", "gguf", "--checkpoint", checkpoint, "--out", out])
      #expect(ending.exitCode == 0, "\(ending.errors)")
      #expect(workplace.names(out) == [file])
    }
  }

  /// Several formats of a model go side by side, as with a slash behind the folder's name.
  @Test func aNameThatIsNoGGUFFileIsAFolder() throws {
    let workplace = try Self.workplace()
    for format in ["f32", "q8_0"] {
      let ending = try workplace.run(
        ["export", "gguf", "--checkpoint", "run", "--quantize", format, "--out", "models"])
      #expect(ending.exitCode == 0, "\(ending.errors)")
    }
    #expect(
      workplace.names("models").sorted() == ["Run-4.2K-F32.gguf", "Run-4.2K-Q8_0.gguf"])
  }

  /// The tiny model is 16 wide: blocks of 32 fit its widest matrix only.
  @Test func whatDoesNotFitIsNamed() throws {
    struct Report: Decodable {
      let file: String
      let bytes: Int
      let tensors: [String: Int]
      let perplexity, perplexityExported: Double
    }
    let workplace = try Self.workplace()
    let ending = try workplace.run(
      [
        "export", "gguf", "--checkpoint", "run", "--quantize", "q4_k", "--out", "models/",
        "--name", "Tiny", "--json",
      ])
    let report = try ResultTests.json(ending, as: Report.self)
    #expect(report.file == "models/Tiny-4.2K-Q4_K_M.gguf")
    #expect(report.bytes == workplace.bytes(report.file).count)
    #expect(report.tensors == ["f32": 11, "f16": 4, "q8_0": 1])
    #expect(abs(report.perplexityExported / report.perplexity - 1) < 0.05)
    #expect(ending.errors.contains("f16: q4_k takes rows of multiples of 256 values"))
  }

  @Test(arguments: [
    (["--set", "model.activation=relu"], "its activation is relu"),
    (["--set", "model.activation=gelu_erf"], "its activation is gelu_erf"),
    (["--set", "tokenizer.kind=word"], "its tokenizer makes tokens of lower-cased words"),
    (
      ["--set", "model.tie_embeddings=false", "--set", "model.head_bias=true"],
      "its head has a bias"
    ),
  ])
  func whatHasNoPlaceIsRefused(_ settings: [String], _ reason: String) throws {
    let workplace = try Self.workplace(settings)
    let ending = try workplace.run(
      ["export", "gguf", "--checkpoint", "run", "--out", "model.gguf"])
    #expect(ending.exitCode == 4)
    #expect(ending.faults.count == 1)
    #expect(
      ending.faults.first?.hasPrefix("this model cannot be exported as GGUF: \(reason)") == true,
      "\(ending.errors)")
    #expect(!workplace.names().contains("model.gguf"))
  }

  @Test func damagedFilesAreRefused() throws {
    let workplace = try Self.workplace()
    #expect(
      try workplace.run(["export", "gguf", "--checkpoint", "run", "--out", "model.gguf"])
        .exitCode == 0)
    let whole = workplace.bytes("model.gguf")
    try workplace.write(Array(whole.dropLast(600)), to: "short.gguf")
    try workplace.write(Array(whole.prefix(20)) + Array(repeating: 0xff, count: 50), to: "lie.gguf")
    for (file, part) in [
      ("missing.gguf", "No such file or directory"), ("text.txt", "not a GGUF file"),
      ("run", "Is a directory"), ("run/best.h5", "not a GGUF file"),
      ("short.gguf", "should have"), ("lie.gguf", "should follow"),
    ] {
      let ending = try workplace.run(["generate", "--gguf", file, "--prompt", "a"])
      #expect(ending.exitCode == 4, "\(file)")
      #expect(ending.faults.count == 1 && ending.output == "", "\(file)")
      let fault = try #require(ending.faults.first)
      #expect(fault.hasPrefix("\(file): ") && fault.contains(part), "\(fault)")
    }
  }

  @Test func otherFilesAreLeftAlone() throws {
    let workplace = try Self.workplace()
    let ending = try workplace.run(
      ["export", "gguf", "--checkpoint", "run", "--out", "text.txt"])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "text.txt: a file that is no GGUF is in its place; choose another --out, or move it away"
      ])
    #expect(workplace.bytes("text.txt") == Array(Workplace.text.utf8))
  }

  @Test(arguments: [
    ["export", "gguf", "--checkpoint", "run", "--quantize", "q3"],
    ["generate", "--gguf", "a.gguf", "--checkpoint", "run"],
    ["generate", "--gguf", "a.gguf", "--no-cache"],
    ["generate"],
  ])
  func wrongUsage(_ arguments: [String]) throws {
    #expect(try Workplace().run(arguments).exitCode == 2)
  }
}
