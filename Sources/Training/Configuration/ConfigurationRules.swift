// Rules between keys, which no single range can express.
import Models

enum ConfigurationRules {
  /// More parameters than any machine that this is for could hold; sums of sizes stay far from
  /// overflow below it.
  private static let greatestParameterCount = 1e12
  /// The same for what one pass keeps.
  static let greatestActivationCount = 1e12

  /// - Throws: `ConfigurationError.faults` with everything that does not fit together.
  static func check(_ resolved: ResolvedConfiguration) throws(ConfigurationError) {
    let faults = faults(of: resolved)
    if !faults.isEmpty { throw .faults(faults) }
  }

  private static func faults(of resolved: ResolvedConfiguration) -> [ConfigurationError.Fault] {
    let values = resolved.values
    var faults: [ConfigurationError.Fault] = []
    func report(_ key: String, _ message: String) {
      faults.append(
        .init(place: resolved.source(of: key).place, message: "\(key): \(message)"))
    }

    let model = values.model
    if model.embeddingWidth % model.headCount != 0 {
      let choices = nearestDivisors(of: model.embeddingWidth, to: model.headCount)
      report(
        "model.n_head",
        "\(model.headCount) does not divide n_embd \(model.embeddingWidth); "
          + "try \(ConfigurationError.list(choices))")
    }
    if model.headBias && model.tiedEmbeddings {
      report(
        "model.head_bias", "a head that shares the embedding has no bias; set tie_embeddings false")
    }
    let width = Double(model.embeddingWidth)
    let size =
      12 * width * width * Double(model.layerCount)
      + width * (Double(model.vocabularySize ?? 0) + Double(model.contextLength))
    if size > greatestParameterCount {
      report("model.n_embd", "a model of \(Int(size / 1e9)) billion parameters fits no machine")
    }
    let schedule = values.schedule
    if let minimum = schedule.minimumLearningRate, minimum > schedule.learningRate {
      let isStored = resolved.source(of: "schedule.learning_rate") == .checkpoint
      report(
        "schedule.min_learning_rate",
        "\(minimum) is above \(isStored ? "the checkpoint's " : "")learning_rate "
          + "\(schedule.learningRate); lower it, or raise learning_rate")
    }
    if let time = values.training.maxTime, TimeText.seconds(time) == nil {
      report("training.max_time", "\"\(time)\" is no length of time; write 90s, 30m, 2h or 1h30m")
    }
    if let stride = values.data.stride, stride > Double(values.model.contextLength) {
      report("data.stride", "\(Int(stride)) is above n_positions \(values.model.contextLength)")
    }
    if let stride = values.data.stride, stride > 1 && stride != stride.rounded() {
      report("data.stride", "\(stride) is no whole number of tokens; a fraction is below 1")
    }
    return faults
  }

  /// The divisors of `number` next below and above `wanted`.
  static func nearestDivisors(of number: Int, to wanted: Int) -> [Int] {
    var choices: [Int] = []
    if let below = (1...max(1, min(wanted, number))).last(where: { number % $0 == 0 }) {
      choices.append(below)
    }
    if wanted < number, let above = (wanted + 1...number).first(where: { number % $0 == 0 }) {
      choices.append(above)
    }
    return choices
  }
}

extension RunConfiguration {
  /// How the global batch is divided among ranks.
  /// - Throws: `ConfigurationError` that names sizes that do divide, or a pass that is too large.
  package func batchShare(ranks: Int) throws(ConfigurationError) -> BatchShare {
    let batchSize = training.batchSize
    guard batchSize % ranks == 0 else {
      let below = batchSize / ranks * ranks
      throw .batchDoesNotDivide(
        batchSize: batchSize, ranks: ranks,
        choices: below > 0 ? [below, below + ranks] : [ranks])
    }
    let share = batchSize / ranks
    // A limit: more ranks have less to take anyway.
    let micro = min(share, training.microBatchSize ?? share)
    guard share % micro == 0 else {
      throw .microBatchDoesNotDivide(
        microBatchSize: micro, share: share, ranks: ranks,
        choices: ConfigurationRules.nearestDivisors(of: share, to: micro))
    }
    // Residual stream, norms, attention and feed-forward of every block.
    let activations =
      17 * Double(micro) * Double(model.contextLength) * Double(model.embeddingWidth)
      * Double(model.layerCount)
    guard activations <= ConfigurationRules.greatestActivationCount else {
      throw .passTooLarge(
        sequences: micro, tokens: model.contextLength, billionActivations: Int(activations / 1e9))
    }
    return BatchShare(perRank: share, micro: micro)
  }
}
