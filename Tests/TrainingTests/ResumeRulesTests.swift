// Which settings a resumed run may change.
import Testing
import Training

struct ResumeRulesTests {
  private func resolved(_ settings: [String]) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    for setting in settings { resolver.read(setting: setting) }
    return try resolver.finish()
  }

  @Test func everyDifferenceIsNamedWithBothValues() throws {
    let stored = try resolved(["model.n_layer=2", "data.dataset=mine.txt"]).values
    let present = try resolved(["model.n_layer=3", "data.validation=v.txt", "training.seed=5"])
    let way = "set it back, or start anew with another --out"
    #expect {
      try ResumeRules.merge(present, stored: stored, checkpoint: "a.h5")
    } throws: {
      "\($0)".split(separator: "\n").map(String.init) == [
        "a.h5: model.n_layer: 2 in the checkpoint but 3 now; \(way)",
        "a.h5: training.seed: 1337 in the checkpoint but 5 now; \(way)",
      ]
    }
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
      (["learning_rate=1e-2", "min_learning_rate=2e-3"], ["learning_rate=1e-3"], 1e-3, nil),
      (["min_learning_rate=2e-4"], ["learning_rate=1e-3"], 1e-3, nil),
      (["learning_rate=1e-2"], ["min_learning_rate=1e-4"], 1e-2, 1e-4),
      // A file says the same again.
      (["learning_rate=1e-2", "min_learning_rate=0"], ["learning_rate=1e-2"], 1e-2, 0),
    ] as [([String], [String], Double, Double?)])
  func theStoredScheduleStandsUnlessTheUserSetsOne(
    _ stored: [String], _ present: [String], rate: Double, minimum: Double?
  ) throws {
    let stored = try resolved(stored.map { "schedule." + $0 }).values
    let present = try resolved(present.map { "schedule." + $0 })
    let merged = try ResumeRules.merge(present, stored: stored, checkpoint: "").values.schedule
    #expect(merged.learningRate == rate && merged.minimumLearningRate == minimum)
  }

  @Test func aPresetDoesNotChangeAStoredSchedule() throws {
    var resolver = ConfigurationResolver()
    resolver.read(preset: "micro", place: "--preset")
    var earlier = resolver
    earlier.read(setting: "schedule.learning_rate=2e-4")
    earlier.read(setting: "schedule.warmup_steps=7")
    let stored = try earlier.finish().values
    let merged = try ResumeRules.merge(resolver.finish(), stored: stored, checkpoint: "").values
    #expect(merged.schedule.learningRate == 2e-4 && merged.schedule.warmupSteps == 7)
  }

  @Test func aMinimumAboveTheStoredRateIsRefused() throws {
    let stored = try resolved(["schedule.learning_rate=1e-4"]).values
    let present = try resolved(["schedule.min_learning_rate=2e-4"])
    #expect {
      try ResumeRules.merge(present, stored: stored, checkpoint: "a.h5")
    } throws: {
      "\($0)" == "--set: schedule.min_learning_rate: 0.0002 is above learning_rate 0.0001"
    }
  }

  @Test func theStoredDecayStandsUnlessTheUserSetsOne() throws {
    let stored = try resolved(["schedule.decay_steps=500"]).values
    let longer = try resolved(["training.max_steps=900"])
    #expect(
      try ResumeRules.merge(longer, stored: stored, checkpoint: "").values.schedule.decaySteps
        == 500)
    let null = try resolved(["training.max_steps=900", "schedule.decay_steps=null"])
    #expect(
      try ResumeRules.merge(null, stored: stored, checkpoint: "").values.schedule.decaySteps == 500)
    let chosen = try resolved(["training.max_steps=900", "schedule.decay_steps=900"])
    #expect(
      try ResumeRules.merge(chosen, stored: stored, checkpoint: "").values.schedule.decaySteps
        == 900)
  }
}
