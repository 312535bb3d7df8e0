// What a resumed run takes from the run that was saved, and what it must have in common with it.

package enum ResumeRules {
  /// The present configuration on top of the checkpoint's: whatever the user does not set anew stays as
  /// it was, so that neither leaving out a flag of the start nor a default that has become another
  /// changes a run unasked. Only micro-batches shrink where they divide a rank's share no longer.
  /// - Parameter ranks: how many there are now.
  package static func adopt(
    _ stored: RunConfiguration, under present: ResolvedConfiguration, ranks: Int
  ) -> ResolvedConfiguration {
    var merged = present
    for key in ConfigurationKey.all where !isSetAnew(key.path, present) {
      merged.set(key, key.get(stored), .checkpoint)
    }
    if merged.source(of: "training.micro_batch_size") == .checkpoint {
      merged.values.training.microBatchSize = microBatchSize(stored.training, ranks: ranks)
    }
    // A tokenizer's files are of its kind.
    if merged.values.tokenizer.kind != stored.tokenizer.kind,
      merged.source(of: "tokenizer.path") == .checkpoint
    {
      merged.values.tokenizer.path = nil
    }
    return merged
  }

  /// Every key that must not change but does.
  /// - Parameter isSettled: whether the text and the CPU have settled what depends on them.
  package static func differences(
    _ merged: ResolvedConfiguration, _ stored: RunConfiguration, isSettled: Bool
  ) -> [ConfigurationError.Difference] {
    differences(merged, stored) { key in
      !key.mayChange && (isSettled || !isOpen(key.path, merged.values))
    }
  }

  /// What may change and does, for a line: "training.max_steps 500 → 900".
  package static func changes(
    _ merged: ResolvedConfiguration, from stored: RunConfiguration
  ) -> [String] {
    differences(merged, stored, where: \.mayChange)
      .map { "\($0.key) \($0.stored) → \($0.present)" }
  }

  /// Whether the text or the CPU may settle a key otherwise than it is set: a vocabulary follows the
  /// tokenizer, and characters stand in for GPT-2's tokens.
  private static func isOpen(_ path: String, _ values: RunConfiguration) -> Bool {
    switch path {
    case "model.vocab_size": true
    case "tokenizer.kind": values.tokenizer.kind == TokenizerChoice.gpt2.rawValue
    case "training.precision": values.training.precision == Precision.auto.rawValue
    default: false
    }
  }

  private static func differences(
    _ present: ResolvedConfiguration, _ stored: RunConfiguration,
    where isMeant: (ConfigurationKey) -> Bool
  ) -> [ConfigurationError.Difference] {
    ConfigurationKey.all.filter(isMeant).compactMap { key in
      let (old, new) = (key.get(stored), key.get(present.values))
      if old == new { return nil }
      return .init(
        key: key.path, stored: old.compact, present: new.compact,
        source: isSetAnew(key.path, present) ? present.source(of: key.path) : nil)
    }
  }

  /// Whether the user gives a key a value, if only by a preset's name. The decay is never drawn out by a
  /// null.
  private static func isSetAnew(_ path: String, _ present: ResolvedConfiguration) -> Bool {
    if path == "schedule.decay_steps" && present.values.schedule.decaySteps == nil { return false }
    if case .preset = present.source(of: path) { return Preset.shapeKeys.contains(path) }
    return present.isChosen(path)
  }

  /// The stored size, or the next smaller one that divides the share of each of so many ranks.
  private static func microBatchSize(_ stored: RunConfiguration.Training, ranks: Int) -> Int? {
    guard let size = stored.microBatchSize, stored.batchSize % ranks == 0 else { return nil }
    return ConfigurationRules.nearestDivisors(of: stored.batchSize / ranks, to: size).first
  }

  /// Whether validation losses of two runs may be compared: the best of one is no best of another
  /// that is measured on other windows.
  static func measureAlike(_ one: RunConfiguration, _ other: RunConfiguration) -> Bool {
    guard one.training.evaluateProtocol == other.training.evaluateProtocol else { return false }
    switch EvaluationProtocol(rawValue: one.training.evaluateProtocol) {
    case .random: return one.training.evaluateBatches == other.training.evaluateBatches
    case .windows, nil: return true
    }
  }
}
