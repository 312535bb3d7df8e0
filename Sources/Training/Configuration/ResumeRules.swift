// What a resumed run must have in common with the run that was saved.

package enum ResumeRules {
  /// The present configuration, with what only the checkpoint knows taken from it: a decay length
  /// that the user does not set is the stored one, so that extending a run does not change its
  /// schedule unasked.
  /// - Throws: `ConfigurationError.resumeDiffers` with every key that must not change but does.
  package static func merge(
    _ present: ResolvedConfiguration, stored: RunConfiguration, checkpoint: String
  ) throws(ConfigurationError) -> ResolvedConfiguration {
    var merged = present
    if present.values.schedule.decaySteps == nil {
      merged.set(
        "schedule.decay_steps",
        stored.schedule.decaySteps.map { .number(Double($0)) } ?? .null, .checkpoint)
    }
    let differences = ConfigurationKey.all.filter { !$0.mayChange }.compactMap {
      key -> ConfigurationError.Difference? in
      let (old, new) = (key.get(stored), key.get(merged.values))
      if old == new { return nil }
      return .init(key: key.path, stored: old.compact, present: new.compact)
    }
    if !differences.isEmpty {
      throw .resumeDiffers(checkpoint: checkpoint, differences: differences)
    }
    return merged
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
