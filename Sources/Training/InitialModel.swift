// A trained model that a new run starts from.
import ModelFiles
import Text

/// Parameters and tokenizer of a checkpoint; everything else of a run begins anew.
struct InitialModel {
  let reader: CheckpointReader
  let stored: StoredRun

  /// - Throws: `CheckpointError`
  init(path: String) throws(CheckpointError) {
    reader = try CheckpointReader(path: path)
    try reader.verify()
    stored = try StoredRun(reader)
  }

  /// Where it comes from, for people.
  var name: String {
    get throws { "\(reader.path), step \(try reader.progress().step)" }
  }
}

extension ResolvedConfiguration {
  /// Keys that a model may be trained on with other values.
  private static let free = ["model.dropout"]

  /// Takes architecture and tokenizer of a run whose model is there already.
  /// - Parameter path: the checkpoint, for faults.
  /// - Throws: `ConfigurationError` for values of the user that contradict them.
  package mutating func adoptModel(
    of stored: RunConfiguration, path: String
  ) throws(ConfigurationError) {
    var faults: [ConfigurationError.Fault] = []
    for key in ConfigurationKey.all where ["model", "tokenizer"].contains(key.section) {
      let value = key.value(in: stored)
      let present = key.value(in: values)
      if isChosen(key.path) && (present == value || Self.free.contains(key.path)) { continue }
      if isChosen(key.path) {
        faults.append(
          .init(
            place: source(of: key.path).place,
            message: "\(key.path): \(present.compact) is not what the model of \(path) has, "
              + "\(value.compact); leave it out"))
      } else {
        set(key.path, value, .checkpoint)
      }
    }
    if !faults.isEmpty { throw .faults(faults) }
    // A preset's is for models that begin with nothing.
    let learningRate = "schedule.learning_rate"
    if case .preset = source(of: learningRate) {
      set(learningRate, .number(RunConfiguration.Schedule().learningRate), .standard)
    }
  }
}
