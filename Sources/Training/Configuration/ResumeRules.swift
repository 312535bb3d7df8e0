// What a resumed run must have in common with the run that was saved.

package enum ResumeRules {
  /// The present configuration, with a schedule that the user does not set taken from the checkpoint,
  /// so that nothing changes it unasked: neither extending a run, nor leaving out a flag of its
  /// start, nor a preset that has become another.
  /// - Throws: `ConfigurationError.resumeDiffers` with every key that must not change but does, and
  ///   `.faults` of values of both that do not fit together.
  package static func merge(
    _ present: ResolvedConfiguration, stored: RunConfiguration, checkpoint: String
  ) throws(ConfigurationError) -> ResolvedConfiguration {
    var merged = present
    for key in ConfigurationKey.all where key.path.hasPrefix("schedule.") {
      if keepsStored(key.path, present, stored) { merged.set(key, key.get(stored), .checkpoint) }
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
    let faults = ConfigurationRules.faults(of: merged)
    if !faults.isEmpty { throw .faults(faults) }
    return merged
  }

  /// Whether a key of the schedule stays as it was: where the user does not set it. A minimum goes with the
  /// learning rate that it was set for, and the decay is never drawn out by a null.
  private static func keepsStored(
    _ path: String, _ present: ResolvedConfiguration, _ stored: RunConfiguration
  ) -> Bool {
    switch path {
    case "schedule.decay_steps": return present.values.schedule.decaySteps == nil
    case "schedule.min_learning_rate" where present.isChosen("schedule.learning_rate"):
      let isSame = present.values.schedule.learningRate == stored.schedule.learningRate
      return isSame && !present.isChosen(path)
    default: return !present.isChosen(path)
    }
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
