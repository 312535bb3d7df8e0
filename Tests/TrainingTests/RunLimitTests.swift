// What ends a run: steps, epochs, tokens or time, whichever comes first.
import ModelFiles
import Testing
import Training

struct RunLimitTests {
  /// A step of `TinyRun` has 12 windows of 32 tokens.
  private static let stepTokens = 12 * 32
  /// Windows of its training text.
  private static let windows = (Int(0.9 * Double(TinyRun.text(seed: 1).count)) - 1) / 32

  @Test(arguments: [
    (["training.max_steps=5"], RunEnd(step: 5, limit: .steps)),
    (["training.max_tokens=\(3 * stepTokens)"], RunEnd(step: 3, limit: .tokens)),
    (["training.max_tokens=\(3 * stepTokens + 1)"], RunEnd(step: 4, limit: .tokens)),
    (["training.max_tokens=1"], RunEnd(step: 1, limit: .tokens)),
    (["training.epochs=0.1"], RunEnd(step: (windows + 119) / 120, limit: .epochs)),
    (
      ["training.epochs=0.1", "training.max_tokens=\(stepTokens)"],
      RunEnd(step: 1, limit: .tokens)
    ),
    (
      ["training.epochs=0.1", "training.max_tokens=1000000", "training.max_steps=1"],
      RunEnd(step: 1, limit: .steps)
    ),
    // At the same step the steps are named.
    (
      ["training.max_tokens=\(2 * stepTokens)", "training.max_steps=2"],
      RunEnd(step: 2, limit: .steps)
    ),
  ])
  func theFirstLimitEndsARunAndIsNamed(_ settings: [String], _ end: RunEnd) throws {
    let run = try TinyRun()
    let outcomes = try run.train(ranks: 2, settings)
    #expect(outcomes.allSatisfy { $0.ending == .finished(end.limit) && $0.step == end.step })
    #expect(try run.steps() == [end.step])
    #expect(try run.column("tokens")[end.step] == Double(end.step * Self.stepTokens))
  }

  @Test(arguments: [
    ("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1h30m", 5_400), ("1d2h3m4s", 93_784),
    ("0.5s", 0.5), ("1.5h", 5_400),
  ])
  func lengthsOfTimeAreRead(_ text: String, _ seconds: Double) {
    #expect(TimeText.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "90", "s", "h1", "1h30", "-1s", "1s1s", "30m1h", "1 h", "0s", "1x", "1e3s", "١s", "nans",
    "infs", "1..5s", "99999999d", "1h ",
  ])
  func whatIsNoLengthOfTimeIsNone(_ text: String) {
    #expect(TimeText.seconds(text) == nil)
  }

  @Test func theStepAfterTheTimeIsTheLast() {
    var values = RunConfiguration()
    (values.training.evaluateEvery, values.checkpoint.saveEvery) = (0, 0)
    values.training.maxTime = "2s"
    let coordinator = values.coordinator(finalStep: 10)
    #expect(coordinator.timeLimit == 2)
    let before = coordinator.plan(step: 4, elapsed: 1.99)
    #expect(!before.isOutOfTime && !before.saves && !before.evaluates)
    let after = coordinator.plan(step: 4, elapsed: 2)
    #expect(after.isOutOfTime && after.saves && after.evaluates)
    // The last step is the end whatever the time.
    let last = coordinator.plan(step: 10, elapsed: 5)
    #expect(!last.isOutOfTime && last.saves && last.evaluates)
    values.training.maxTime = nil
    #expect(!values.coordinator(finalStep: 10).plan(step: 4, elapsed: 1e9).isOutOfTime)
  }

  /// Saved and measured as at any end; then the rest, as if there had been no limit.
  @Test(arguments: [1, 3])
  func aRunThatIsOutOfTimeGoesOn(_ ranks: Int) throws {
    let run = try TinyRun()
    let settings = ["schedule.decay_steps=40"]
    let outcomes = try run.train(
      ranks: ranks, settings + ["training.max_time=0.3s", "training.max_steps=1000000"],
      folder: "parts")
    let step = outcomes[0].step
    #expect(outcomes.allSatisfy { $0.ending == .finished(.time) && $0.step == step })
    #expect(try run.steps(in: "parts") == [step])
    #expect(try run.column("val/loss", folder: "parts").keys.sorted() == [step])
    #expect(try run.column("train/loss", folder: "parts")[step] != nil)

    let rest = settings + ["training.max_steps=\(step + 3)"]
    let second = try run.train(ranks: ranks, rest, folder: "parts", resume: .auto)
    #expect(second.allSatisfy { $0.ending == .finished(.steps) && $0.step == step + 3 })
    try run.train(ranks: ranks, rest, folder: "whole")
    let statesAgree = try run.state("parts/latest.h5") == run.state("whole/latest.h5")
    #expect(statesAgree)
  }

  @Test func aTimeThatCannotBeReadIsRefused() throws {
    let run = try TinyRun()
    let error = #expect(throws: ConfigurationError.self) {
      try run.request(["training.max_time=soon"])
    }
    #expect(error.map { "\($0)" }?.contains("write 90s, 30m, 2h or 1h30m") == true)
  }

  /// Ranks have different numbers of tokens then, and the loss is still the mean over all.
  @Test(arguments: [2, 3])
  func windowsByDocumentsGiveTheSameCurveOnAnyNumberOfRanks(_ ranks: Int) throws {
    let run = try TinyRun()
    let documents = PreparedFolder.documents(40)
    try run.folder.write(PreparedFolder.text(of: documents), to: TinyRun.textFile)
    let settings = ["data.documents=pad", "data.stride=0.5", "training.evaluate_every=10"]
    for (ranks, folder) in [(1, "one"), (ranks, "other")] {
      let outcome = try run.train(ranks: ranks, settings, folder: folder)[0]
      #expect(outcome.ending == .finished(.steps), "\(outcome.message)")
    }
    for metric in ["train/loss", "train/grad_norm", "val/loss", "tokens"] {
      let columns = try ["one", "other"].map { try run.column(metric, folder: $0) }
      #expect(largestDifference(columns[0], columns[1]) < 1e-4, "\(metric)")
    }
    #expect(try #require(run.column("tokens", folder: "one")[20]) < Double(20 * Self.stepTokens))
  }
}
