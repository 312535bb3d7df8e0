// What a resumed run keeps, and which settings it may change.
import Testing
import Training

struct ResumeRulesTests {
  private func resolved(
    _ settings: [String], preset: String? = nil
  ) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    if let preset { resolver.read(preset: preset, place: "--preset") }
    for setting in settings { resolver.read(setting: setting) }
    return try resolver.finish(isWhole: false)
  }

  private func adopted(
    _ stored: [String], under present: [String], ranks: Int = 1
  ) throws -> RunConfiguration {
    try ResumeRules.adopt(resolved(stored).values, under: resolved(present), ranks: ranks).values
  }

  private func differences(
    _ merged: ResolvedConfiguration, _ stored: RunConfiguration, isSettled: Bool = true
  ) -> [String] {
    ResumeRules.differences(merged, stored, isSettled: isSettled)
      .map { "\($0.key) \($0.stored) \($0.present)" }
  }

  @Test func everyDifferenceIsNamedWithBothValues() throws {
    let stored = try resolved(["model.n_layer=2", "data.dataset=mine.txt"]).values
    let present = try resolved(["model.n_layer=3", "data.validation=v.txt", "training.seed=5"])
    #expect(
      differences(present, stored) == ["model.n_layer 2 3", "training.seed 1337 5"])
  }

  @Test func whatTheTextAndTheCPUWillSettleIsNoDifference() throws {
    let stored = try resolved([
      "model.vocab_size=65", "training.precision=bf16", "tokenizer.kind=character",
    ]).values
    let present = try resolved([
      "model.vocab_size=null", "training.precision=auto", "data.stride=null",
      "tokenizer.kind=gpt2",
    ])
    #expect(differences(present, stored, isSettled: false).isEmpty)
    #expect(differences(present, stored).count == 3)
    let strided = try resolved(["data.stride=8", "tokenizer.kind=character"]).values
    #expect(differences(present, strided, isSettled: false) == ["data.stride 8 null"])
    let word = try resolved(["tokenizer.kind=word", "training.precision=fp32"])
    #expect(differences(word, stored, isSettled: false).count == 2)
  }

  @Test func whatIsNotSetAnewStaysAsItWas() throws {
    let settings = [
      "model.n_layer=2", "optimizer.beta2=0.9", "schedule.warmup_steps=7",
      "training.max_steps=2000", "training.epochs=3", "training.gradient_sync=allreduce",
      "checkpoint.keep=20", "logging.log_every=5", "data.dataset=mine.txt",
    ]
    let stored = try resolved(settings).values
    #expect(try adopted(settings, under: []) == stored)
    let present = try resolved(["training.max_steps=3000", "checkpoint.keep=4"])
    let some = ResumeRules.adopt(stored, under: present, ranks: 1)
    #expect(some.values.training.maxSteps == 3000 && some.values.checkpoint.keep == 4)
    #expect(some.values.training.epochs == 3 && some.values.logging.logEvery == 5)
    #expect(
      ResumeRules.changes(some, from: stored) == [
        "training.max_steps 2000 → 3000", "checkpoint.keep 20 → 4",
      ])
  }

  @Test func aPresetThatHasBecomeAnotherChangesNothingButItsShapeIsMeant() throws {
    let earlier = ["model.dropout=0.1", "schedule.learning_rate=2e-4"]
    let stored = try resolved(earlier, preset: "nano").values
    let same = ResumeRules.adopt(stored, under: try resolved([], preset: "nano"), ranks: 1)
    #expect(same.values == stored)
    let other = ResumeRules.adopt(stored, under: try resolved([], preset: "micro"), ranks: 1)
    #expect(differences(other, stored) == ["model.n_embd 192 384"])
  }

  @Test(arguments: [(1, 8), (2, 8), (8, 6), (96, 1)])
  func microBatchesGrowNoLarger(_ ranks: Int, _ expected: Int) throws {
    let stored = try resolved(["training.batch_size=96", "training.micro_batch_size=8"])
    let merged = ResumeRules.adopt(stored.values, under: try resolved([]), ranks: ranks)
    #expect(merged.values.training.microBatchSize == expected)
    #expect(
      ResumeRules.changes(merged, from: stored.values)
        == (expected == 8 ? [] : ["training.micro_batch_size 8 → \(expected)"]))
  }

  @Test func filesOfATokenizerStayOnlyWithItsKind() throws {
    let stored = ["tokenizer.kind=bpe", "tokenizer.path=a.json"]
    #expect(try adopted(stored, under: []).tokenizer.path == "a.json")
    #expect(try adopted(stored, under: ["tokenizer.kind=character"]).tokenizer.path == nil)
  }

  @Test func whatIsFixedIsFixedAndTheRestIsFree() {
    let free = ConfigurationKey.all.filter(\.mayChange).map(\.path)
    #expect(
      free == [
        "data.dataset", "data.validation", "tokenizer.path", "schedule.learning_rate",
        "schedule.min_learning_rate", "schedule.warmup_steps", "schedule.decay_steps",
        "training.micro_batch_size", "training.max_steps", "training.epochs",
        "training.max_tokens", "training.max_time", "training.evaluate_every",
        "training.evaluate_protocol", "training.evaluate_batches",
        "training.recompute",
        "training.gradient_sync",
        "checkpoint.save_every", "checkpoint.keep", "logging.log_every",
      ])
  }

  /// [stored], [present] and the learning rate and its minimum that come of them.
  @Test(
    arguments: [
      (["learning_rate=1e-2"], [], 1e-2, nil),
      (["learning_rate=1e-2", "min_learning_rate=2e-3"], [], 1e-2, 2e-3),
      (["learning_rate=1e-2", "min_learning_rate=2e-3"], ["learning_rate=4e-3"], 4e-3, 2e-3),
      (["learning_rate=1e-2", "min_learning_rate=2e-3"], ["min_learning_rate=null"], 1e-2, nil),
      // Above the default's rate, which does not matter.
      (["learning_rate=1e-2"], ["min_learning_rate=2e-3"], 1e-2, 2e-3),
      (["learning_rate=1e-2", "min_learning_rate=0"], ["learning_rate=1e-2"], 1e-2, 0),
    ] as [([String], [String], Double, Double?)])
  func theStoredScheduleStandsUnlessTheUserSetsOne(
    _ stored: [String], _ present: [String], rate: Double, minimum: Double?
  ) throws {
    let schedule = try adopted(
      stored.map { "schedule." + $0 }, under: present.map { "schedule." + $0 }
    ).schedule
    #expect(schedule.learningRate == rate && schedule.minimumLearningRate == minimum)
  }

  @Test(arguments: [
    ([], 500), (["schedule.decay_steps=null"], 500), (["schedule.decay_steps=900"], 900),
  ])
  func theStoredDecayStandsUnlessTheUserSetsOne(_ settings: [String], _ expected: Int) throws {
    let merged = try adopted(
      ["schedule.decay_steps=500"], under: ["training.max_steps=900"] + settings)
    #expect(merged.schedule.decaySteps == expected)
  }
}
