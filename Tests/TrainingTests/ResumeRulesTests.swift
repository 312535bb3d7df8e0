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

  @Test func theStoredDecayStandsUnlessTheUserSetsOne() throws {
    let stored = try resolved(["schedule.decay_steps=500"]).values
    let longer = try resolved(["training.max_steps=900"])
    #expect(
      try ResumeRules.merge(longer, stored: stored, checkpoint: "").values.schedule.decaySteps
        == 500)
    let chosen = try resolved(["training.max_steps=900", "schedule.decay_steps=900"])
    #expect(
      try ResumeRules.merge(chosen, stored: stored, checkpoint: "").values.schedule.decaySteps
        == 900)
  }
}
