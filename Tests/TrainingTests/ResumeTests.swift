// Interrupted = uninterrupted, and what a run refuses to go on from.
import FoundationEssentials
import ModelFiles
import Testing
import Text
import Training

struct ResumeTests {
  private static let often = [
    "checkpoint.save_every=10", "training.evaluate_every=5", "checkpoint.keep=9",
  ]
  private static let stopAfterTen = TinyRun.Request(rank: 0, atStep: 10)
  /// In the second of the passes of step 10's evaluation.
  private static let stopWithinEvaluation = TinyRun.Request(rank: 0, after: 10, look: 2)

  struct Way: Sendable {
    var window = "permutation"
    var ranks = 1
    var ranksPerNode: Int?
    var sync = "sharded"
    var precision = "fp32"
    var asks = stopAfterTen
  }

  /// Parameters, moments, and every byte of the file. Bools, because the report of two unequal
  /// arrays would list their differences for minutes.
  @Test(arguments: [
    Way(window: "permutation"), Way(window: "random"), Way(ranks: 3),
    Way(ranks: 4, ranksPerNode: 2),
    Way(ranks: 3, sync: "allreduce"), Way(precision: "bf16"), Way(ranks: 3, precision: "bf16"),
    Way(asks: stopWithinEvaluation), Way(ranks: 3, asks: stopWithinEvaluation),
  ])
  func anInterruptedRunIsTheUninterruptedOneBitForBit(_ way: Way) throws {
    let run = try TinyRun()
    let settings =
      Self.often + [
        "data.window=\(way.window)", "training.gradient_sync=\(way.sync)",
        "training.precision=\(way.precision)", "logging.log_every=4",
        "training.micro_batch_size=1",
      ]
    func train(folder: String, resume: ResumeChoice = .none, asks: TinyRun.Request? = nil) throws
      -> [RankOutcome]
    {
      try run.train(
        ranks: way.ranks, ranksPerNode: way.ranksPerNode, settings, folder: folder, resume: resume,
        asks: asks)
    }
    _ = try train(folder: "whole")
    let first = try train(folder: "parts", asks: way.asks)
    #expect(first.allSatisfy { $0.error == nil }, "\(first[0].message)")
    #expect(try run.column("val/loss", folder: "parts").keys.sorted() == [5])
    #expect(first[0].ending == .stopped && first[0].step == 10)
    let second = try train(folder: "parts", resume: .auto)
    #expect(second[0].ending == .finished(.steps) && second[0].step == 20)

    let states = try ["whole", "parts"].map { try run.state("\($0)/latest.h5") }
    let statesAgree = states[0].map(\.bitPattern) == states[1].map(\.bitPattern)
    #expect(statesAgree)
    #expect(try run.state("parts/step-000010.h5") != states[0])
    let names = ["step-000010.h5", "step-000020.h5", "latest.h5", "best.h5", "config.json"]
    for name in names {
      let files = try ["whole", "parts"].map { try run.folder.contents(of: "\($0)/\(name)") }
      let filesAgree = files[0] == files[1]
      #expect(filesAgree, "\(name)")
    }
    for metric in ["train/loss", "train/grad_norm", "train/lr", "val/loss", "tokens"] {
      let columns = try ["whole", "parts"].map { try run.column(metric, folder: $0) }
      #expect(columns[0] == columns[1], "\(metric)")
    }
  }

  @Test(arguments: [1, 3])
  func aRunGoesOnWithAnotherNumberOfRanks(_ ranks: Int) throws {
    let run = try TinyRun()
    try run.train(ranks: 4, Self.often, folder: "whole")
    try run.train(ranks: 4, Self.often, folder: "parts", asks: Self.stopAfterTen)
    let outcomes = try run.train(ranks: ranks, Self.often, folder: "parts", resume: .auto)
    #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) && $0.step == 20 })
    for metric in ["train/loss", "train/grad_norm", "val/loss"] {
      let columns = try ["whole", "parts"].map { try run.column(metric, folder: $0) }
      let difference = largestDifference(columns[0], columns[1])
      #expect(difference < 1e-4, "\(metric)")
    }
  }

  @Test func aCheckpointGoesOnInAnotherFolder() throws {
    let run = try TinyRun()
    try run.train(Self.often)
    let path = "\(run.folder.path)/run/step-000010.h5"
    let outcome = try run.train(Self.often, folder: "other", resume: .checkpoint(path: path))[0]
    #expect(outcome.notices.contains(.information("going on from step 10 of \(path)")))
    let statesAgree = try run.state("other/latest.h5") == run.state()
    #expect(statesAgree)
  }

  @Test func autoStartsAnewInAnEmptyFolder() throws {
    let run = try TinyRun()
    try FileManager.default.createDirectory(
      atPath: "\(run.folder.path)/run", withIntermediateDirectories: true)
    let outcome = try run.train(["training.max_steps=2"], resume: .auto)[0]
    #expect(outcome.ending == .finished(.steps) && outcome.step == 2)
    #expect(try run.steps() == [2])
  }

  /// Also when it is asked for fewer steps than it has made, and as another run's continuation.
  @Test func aFinishedRunIsDoneAtOnce() throws {
    let run = try TinyRun()
    try run.train(["training.max_steps=3", "checkpoint.save_every=1"])
    let before = try run.folder.files(in: "run")
    for settings in [["training.max_steps=3"], ["training.max_steps=2"]] {
      let outcome = try run.train(settings, resume: .auto)[0]
      #expect(outcome.ending == .finished(.steps) && outcome.step == 3)
      #expect(try run.folder.files(in: "run") == before)
    }
    let path = "\(run.folder.path)/run/step-000002.h5"
    try run.train(["training.max_steps=2"], resume: .checkpoint(path: path))
    #expect(try run.folder.files(in: "run") == before)
  }

  @Test func aStopAtTheLastStepLeavesTheEvaluation() throws {
    let run = try TinyRun()
    let asks = TinyRun.Request(rank: 0, atStep: 3)
    let stopped = try run.train(ranks: 2, ["training.max_steps=3"], asks: asks)
    #expect(stopped.allSatisfy { $0.ending == .stopped && $0.step == 3 })
    #expect(try run.column("val/loss").isEmpty)
    let outcome = try run.train(["training.max_steps=3"], resume: .auto)[0]
    #expect(outcome.ending == .finished(.steps) && outcome.step == 3)
    #expect(try run.column("val/loss").keys.sorted() == [3])
    #expect(try CheckpointReader(path: "\(run.folder.path)/run/best.h5").progress().best?.step == 3)
  }

  @Test func aLongerRunKeepsItsDecayUnlessAsked() throws {
    let run = try TinyRun()
    func storedDecay() throws -> Int? {
      let json = String(decoding: try run.folder.contents(of: "run/config.json"), as: UTF8.self)
      return try RunConfiguration(json: json, path: "").schedule.decaySteps
    }
    try run.train(["training.max_steps=8"])
    #expect(try storedDecay() == 8)
    try run.train(["training.max_steps=12"], resume: .auto)
    #expect(try storedDecay() == 8)
    #expect(try run.column("train/lr")[12] == 3e-4)
    try run.train(["training.max_steps=14", "schedule.decay_steps=40"], resume: .auto)
    #expect(try storedDecay() == 40)
    #expect(try #require(run.column("train/lr")[14]) > 2.5e-3)
  }

  /// A run of 4 steps, tried to go on with other settings: the message, and that nothing changed.
  private func refusal(
    _ settings: [String], change: (TinyRun) throws -> Void = { _ in }
  ) throws -> String {
    let run = try TinyRun()
    try run.train(["training.max_steps=4"])
    try change(run)
    let before = try run.folder.files(in: "run")
    let outcomes = try run.train(ranks: 2, ["training.max_steps=8"] + settings, resume: .auto)
    #expect(try run.folder.files(in: "run") == before)
    #expect(outcomes.allSatisfy { $0.error != nil && $0.ending == nil })
    return outcomes[0].message.replacing("\(run.folder.path)/run/", with: "")
  }

  @Test func anotherModelIsRefused() throws {
    let way = "set it back, or start anew with another --out"
    #expect(
      try refusal(["model.n_embd=48", "model.bias=false"]).split(separator: "\n") == [
        "step-000004.h5: model.n_embd: 32 in the checkpoint but 48 now (--set); \(way)",
        "step-000004.h5: model.bias: true in the checkpoint but false now (--set); \(way)",
      ])
  }

  @Test func anotherTextUnderTheSameNameIsRefused() throws {
    var texts = [TinyRun.text(seed: 1)]
    // The same characters in another order: same tokenizer, same vocabulary.
    texts.append(texts[0].reversed())
    let message = try refusal([]) { try $0.folder.write(texts[1], to: TinyRun.textFile) }
    let fingerprints = try texts.map { text in
      let folder = try TestFolder()
      let path = try folder.write(text, to: "t")
      return try CorpusBuilder(environment: [:]).build(.file(path: path))
        .description.fingerprint
    }
    #expect(
      message.replacing(/\/[^ ]*\/text.txt/, with: "T")
        == "step-000004.h5: the text or its split (SHA-256): T (\(fingerprints[0])) in the "
        + "checkpoint but T (\(fingerprints[1])) now; set it back, or start anew with another --out"
    )
  }

  @Test func theSameTextUnderAnotherNameIsTheSameRun() throws {
    let run = try TinyRun()
    try run.train(["training.max_steps=2"])
    try run.folder.write(TinyRun.text(seed: 1), to: "moved.txt")
    let moved = ["training.max_steps=4", "data.dataset=\(run.folder.path)/moved.txt"]
    let outcome = try run.train(moved, resume: .auto)[0]
    #expect(outcome.ending == .finished(.steps) && outcome.step == 4, "\(outcome.message)")
    let split = try run.train(moved + ["data.validation=0.2"], resume: .auto)[0].message
    #expect(split.contains("the text or its split"))
  }

  /// A loss on other windows says nothing about which checkpoint is better.
  @Test func theBestIsForgottenWhenItIsMeasuredOtherwise() throws {
    let run = try TinyRun()
    let settings = [
      "schedule.learning_rate=1e-30", "schedule.min_learning_rate=0", "optimizer.weight_decay=0",
    ]
    try run.train(settings + ["training.max_steps=2"])
    func best() throws -> TrainingProgress.Best? {
      try CheckpointReader(path: "\(run.folder.path)/run/latest.h5").progress().best
    }
    #expect(try best()?.step == 2)
    // Nothing is learned: measured alike, the first stays the best.
    try run.train(settings + ["training.max_steps=4"], resume: .auto)
    #expect(try best()?.step == 2)
    let random = settings + ["training.max_steps=6", "training.evaluate_protocol=random"]
    try run.train(random, resume: .auto)
    #expect(try best()?.step == 6)
    try run.train(random + ["training.max_steps=8", "training.evaluate_batches=3"], resume: .auto)
    #expect(try best()?.step == 8)
  }

  @Test func anotherTokenizerIsRefused() throws {
    let run = try TinyRun()
    let bytes = (0..<256).map { ByteAlphabet.text(of: [UInt8($0)]) }
    for (folder, tokens) in [("a", bytes), ("b", bytes.reversed())] {
      let entries = tokens.enumerated().map { index, token in
        JSONValue.Member(key: String(decoding: token, as: UTF8.self), value: .number(Double(index)))
      }
      try run.folder.write(JSONValue.object(entries).compact.utf8, to: "\(folder)/encoder.json")
      try run.folder.write(Array("#version: 0.2\n".utf8), to: "\(folder)/vocab.bpe")
    }
    func settings(_ folder: String) -> [String] {
      [
        "training.max_steps=2", "tokenizer.kind=gpt2",
        "tokenizer.path=\(run.folder.path)/\(folder)",
      ]
    }
    #expect(try run.train(settings("a"))[0].error == nil)
    let swapped = try run.train(settings("b"), resume: .auto)[0].message
    #expect(swapped.contains("the tokenizer (SHA-256): ") && swapped.contains(" in the checkpoint"))
    let character = try run.train(["training.max_steps=2"], resume: .auto)[0].message
    #expect(character.contains(#"tokenizer.kind: "gpt2" in the checkpoint but "character" now"#))
    // The checkpoint has its tokenizer: its files may be gone.
    try FileManager.default.removeItem(atPath: "\(run.folder.path)/a")
    for path in ["tokenizer.path=\(run.folder.path)/a", "tokenizer.path=null"] {
      let gone = try run.train(settings("a") + [path], resume: .auto)[0]
      #expect(gone.error == nil, "\(gone.message)")
    }
  }
}
