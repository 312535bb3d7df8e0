// Going on with a run: exactly as if it had not been interrupted, and only with the same run.
import TestSupport
import Testing

@Suite struct ResumeTests {
  // The tool comes with Debian's hdf5-tools.
  @Test(.enabled(if: Tool.isInstalled("h5diff"), "needs h5diff: apt-get install hdf5-tools"))
  func anInterruptedRunEndsAsAnUninterruptedOne() throws {
    let workplace = try Workplace()
    let arguments = ["--config", "tiny.json", "--set", "schedule.decay_steps=20", "--max-steps"]
    #expect(try workplace.run(arguments + ["20", "--out", "whole"]).exitCode == 0)
    #expect(try workplace.run(arguments + ["10", "--out", "halves"]).exitCode == 0)
    let checkpoints = ["whole/step-000020.h5", "halves/step-000020.h5"]
    #expect(
      try workplace.run(arguments + ["20", "--out", "halves", "--resume", "auto"]).exitCode == 0)
    let difference = try workplace.run(["-v"] + checkpoints, program: ["h5diff"])
    #expect(difference.exitCode == 0, "\(difference.output)")
    #expect(
      try workplace.run(["whole/step-000020.h5", "halves/step-000010.h5"], program: ["h5diff"])
        .exitCode == 1)
  }

  // The tool comes with Debian's hdf5-tools.
  @Test(.enabled(if: Tool.isInstalled("h5ls"), "needs h5ls: apt-get install hdf5-tools"))
  func parametersHaveTheirPublishedNames() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let listing = try workplace.run(["-r", "run/latest.h5"], program: ["h5ls"]).output
    for line in [
      "/model/wte.weight        Dataset {40, 16}", "/model/wpe.weight        Dataset {16, 16}",
      "/model/h.0.attn.c_attn.weight Dataset {48, 16}", "/optimizer/v/ln_f.bias   Dataset {16}",
    ] {
      #expect(listing.contains("\n\(line)\n"), "\(listing)")
    }
  }

  @Test func anotherTextIsRefused() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let text = Workplace.text
    // One that the tokenizer cannot write either.
    try workplace.write(text.replacing("1 jumps", with: "ß jumps"), to: "text.txt")
    let unknown = try workplace.train(["--resume", "auto"])
    #expect(unknown.exitCode == 4 && unknown.faults.count == 1)
    try workplace.write(text.replacing("1 jumps", with: "2 jumps"), to: "text.txt")
    let ending = try workplace.train(["--resume", "auto"])
    #expect(ending.exitCode == 4)
    #expect(ending.faults.count == 1)
    let words = try #require(ending.faults.first).split(separator: " ")
    #expect(words.prefix(4) == ["run/step-000004.h5:", "the", "text", "or"])
    let hashes = words.filter { $0.count == 66 }
    #expect(hashes.count == 2 && hashes.first != hashes.last)
    // Put back, it is the same run again.
    try workplace.write(text, to: "text.txt")
    #expect(try workplace.train(["--resume", "auto"]).exitCode == 0)
  }

  @Test func anotherModelIsRefused() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let ending = try workplace.train(
      ["--resume", "auto", "--set", "model.n_embd=32", "--set", "model.bias=false"])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "run/step-000004.h5: model.n_embd: 16 in the checkpoint but 32 now (--set); "
          + "set it back, or start anew with another --out",
        "run/step-000004.h5: model.bias: true in the checkpoint but false now (--set); "
          + "set it back, or start anew with another --out",
      ])
  }

  /// With whoever changed it, which need not be who named the text.
  @Test(arguments: [["--data", "other.txt"], ["--set", "data.validation=0.5"]])
  func anotherTextIsRefused(_ change: [String]) throws {
    let workplace = try Workplace()
    try workplace.write(Workplace.text + "More.\n", to: "other.txt")
    #expect(try workplace.train().exitCode == 0)
    let ending = try workplace.train(["--resume", "auto"] + change)
    #expect(ending.exitCode == 4)
    #expect(ending.faults.first?.contains(" now (\(change[0])); set it back") == true)
  }

  @Test func anotherTokenizerIsRefused() throws {
    let workplace = try Workplace()
    try workplace.writeByteTokenizer(to: "bytes")
    #expect(try workplace.train().exitCode == 0)
    let ending = try workplace.train(
      ["--resume", "auto", "--tokenizer", "gpt2", "--set", "tokenizer.path=bytes"])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults.contains(
        "run/step-000004.h5: tokenizer.kind: \"character\" in the checkpoint but \"gpt2\" now (--tokenizer); "
          + "set it back, or start anew with another --out"))
    let gone = try workplace.train(["--resume", "auto", "--set", "tokenizer.path=gone.json"])
    #expect(gone.exitCode == 3 && gone.faults.first?.hasPrefix("gone.json: ") == true)
    let files = try workplace.train(["--resume", "auto", "--set", "tokenizer.path=bytes"])
    #expect(files.exitCode == 3)
    #expect(
      files.faults == ["bytes: a tokenizer of kind bpe, but tokenizer.kind is character"])
  }

  /// Without a network characters take the place of GPT-2's tokens, which is no other setting.
  @Test func whatStandsInForATokenizerGoesOn() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--tokenizer", "gpt2"]).exitCode == 0)
    let same = ["--tokenizer", "gpt2", "--resume", "auto"]
    #expect(try workplace.train(same).exitCode == 0)
    let gone = try workplace.train(same + ["--data", "gone.txt"])
    #expect(gone.exitCode == 3)
    #expect(gone.faults.first?.hasPrefix("gone.txt: ") == true)
  }

  @Test func anEarlierRunIsMovedAsideNotOverwritten() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let first = workplace.bytes("run/step-000004.h5")
    let second = try workplace.train(["--seed", "7"])
    #expect(second.exitCode == 0)
    #expect(second.errors.contains("\nthe earlier run of run is now run-1\n"))
    #expect(workplace.bytes("run-1/step-000004.h5") == first)
    #expect(workplace.bytes("run/step-000004.h5") != first)
  }

  @Test func resumingElsewhereLeavesBothRunsAlone() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    #expect(try workplace.train(["--out", "other", "--max-steps", "9"]).exitCode == 0)
    let ending = try workplace.train(["--resume", "run", "--out", "other", "--max-steps", "6"])
    #expect(ending.exitCode == 0)
    #expect(ending.steps.map { $0.prefix(3) } == ["5/6", "6/6"])
    #expect(workplace.names("other-1").contains("step-000009.h5"))
    #expect(workplace.names("other").contains("step-000006.h5"))
    #expect(workplace.names("run").contains("step-000004.h5"))
  }

  @Test func whatIsNotSetAgainStaysAsItWas() throws {
    let workplace = try Workplace()
    let flags = ["--data", "text.txt", "--out", "run"]
    let start = [
      "model.n_layer=1", "model.n_head=2", "model.n_embd=16", "model.n_positions=16",
      "tokenizer.kind=character", "training.max_steps=6", "checkpoint.save_every=1",
      "checkpoint.keep=9",
    ]
    #expect(try workplace.run(flags + start.flatMap { ["--set", $0] }).exitCode == 0)
    let same = try workplace.run(flags + ["--resume", "auto"])
    #expect(same.exitCode == 0)
    #expect(same.errors.contains("\nall 6 steps are done (max_steps); raise it to train on\n"))
    #expect(!same.errors.contains("changed:"))
    let longer = try workplace.run(flags + ["--resume", "auto", "--max-steps", "7"])
    #expect(longer.exitCode == 0)
    #expect(longer.errors.contains("\nchanged: training.max_steps 6 → 7\n"))
    #expect(workplace.names("run").filter { $0.hasPrefix("step-") }.count == 7)
    // The folder says it all.
    let bare = try workplace.run(["--out", "run", "--resume", "auto"])
    #expect(bare.exitCode == 0 && bare.errors.contains("\nall 7 steps are done"))
    #expect(try workplace.run(["--out", "nowhere", "--resume", "auto"]).exitCode == 4)
    #expect(!workplace.names().contains("nowhere"))
    let homeless = try workplace.run(["--resume", "run"])
    #expect(homeless.exitCode == 2 && homeless.errors.contains("name its folder (--out)"))
    let earlier = try workplace.run(
      ["--out", "other", "--resume", "run/step-000003.h5", "--max-steps", "4"])
    #expect(earlier.steps.map { $0.prefix(3) } == ["4/4"])
  }

  /// What must not change is named, not what would come of it together with what is stored.
  @Test func aDifferenceComesBeforeTheRulesItBreaks() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--set", "training.micro_batch_size=2"]).exitCode == 0)
    for (setting, stored) in [("training.batch_size=7", "4"), ("model.n_embd=33", "16")] {
      let refused = try workplace.train(["--resume", "auto", "--set", setting])
      #expect(refused.exitCode == 4)
      let (key, value) = (setting.prefix { $0 != "=" }, setting.drop { $0 != "=" }.dropFirst())
      #expect(
        refused.faults.map { String($0.prefix { $0 != ";" }) } == [
          "run/step-000004.h5: \(key): \(stored) in the checkpoint but \(value) now (--set)"
        ])
    }
    let ranks = try workplace.run(
      ["--config", "tiny.json", "--out", "run", "--resume", "auto"],
      program: Workplace.launcher(ranks: 3))
    #expect(ranks.exitCode == 2)
    #expect(
      ranks.faults == [
        "training.batch_size: 4 sequences do not divide among 3 ranks; try another number of ranks"
      ])
    let steep = try workplace.train(["--resume", "auto", "--set", "schedule.min_learning_rate=9"])
    #expect(steep.exitCode == 2)
    #expect(steep.faults.first?.contains("is above the checkpoint's learning_rate") == true)
  }

  @Test func automaticResumptionStartsWhereThereIsNothing() throws {
    let workplace = try Workplace()
    let first = try workplace.train(["--resume", "auto"])
    #expect(first.exitCode == 0)
    #expect(first.steps.count == 4)
    let second = try workplace.train(["--resume", "auto"])
    #expect(second.exitCode == 0)
    #expect(second.steps == [])
    #expect(second.errors.contains("\nall 4 steps are done (max_steps); raise it to train on\n"))
  }
}

extension Workplace {
  /// GPT-2's two files, with a token for every byte and no merges.
  func writeByteTokenizer(to folder: String) throws {
    try makeFolder(folder)
    try write("#version: 0.2\n", to: "\(folder)/vocab.bpe")
    // GPT-2 writes printable bytes as themselves and the others as U+0100 and on.
    let printable = Set(33...126).union(161...172).union(174...255)
    var next: UInt32 = 256
    var entries: [String] = []
    for byte in 0..<256 {
      var scalar = UInt32(byte)
      if !printable.contains(byte) {
        scalar = next
        next += 1
      }
      let digits = String(scalar, radix: 16)
      let code = String(repeating: "0", count: 4 - digits.count) + digits
      entries.append("\"\\u\(code)\": \(byte)")
    }
    entries.append("\"<|endoftext|>\": 256")
    try write("{\(entries.joined(separator: ", "))}", to: "\(folder)/encoder.json")
  }
}
