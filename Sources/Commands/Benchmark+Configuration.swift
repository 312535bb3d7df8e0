// Which run `trainer benchmark` times: of a preset at a usual size, or of a configuration file.
import FoundationEssentials
import Training

extension Benchmark {
  static let standardPreset = "micro"

  /// What the coordinator settles for all ranks.
  struct Order: Codable {
    /// JSON of the resolved configuration.
    private let configuration: String
    let vocabularySize: Int

    init(_ values: RunConfiguration, vocabularySize: Int) {
      configuration = values.json
      self.vocabularySize = vocabularySize
    }

    var values: RunConfiguration {
      get throws { try RunConfiguration(json: configuration, path: "configuration") }
    }
  }

  /// - Throws: `ConfigurationError`; `CorpusError`, `TokenizerError` for a text whose vocabulary is needed
  ///   and which no run could use.
  func makeOrder(ranks: Int, halfIsFast: Bool) throws -> Order {
    let environment = ProcessInfo.processInfo.environment
    var resolved = try resolve(environment: environment)
    if !halfIsFast && resolved.values.training.precision == Precision.auto.rawValue {
      resolved.values.training.precision = Precision.fp32.rawValue
    }
    _ = try resolved.values.batchShare(ranks: ranks)
    let vocabularySize = try settleVocabulary(&resolved, environment)
    return Order(resolved.values, vocabularySize: vocabularySize)
  }

  /// The tokens that the run of a file would have; of a preset as many as there are rows.
  private func settleVocabulary(
    _ resolved: inout ResolvedConfiguration, _ environment: [String: String]
  ) throws -> Int {
    let rowCount = resolved.values.model.vocabularySize
    if config == nil, let rowCount { return rowCount }
    var tokenCount: Int?
    do { tokenCount = try resolved.tokenizerSize(environment) } catch  where rowCount != nil {}
    if let tokenCount {
      try resolved.settleVocabulary(tokenCount)
      return tokenCount
    }
    // Without the text a model that has a row for every token comes closest.
    if let rowCount { return rowCount }
    throw ConfigurationError.faults([
      .init(
        place: config ?? "benchmark",
        message: "model.vocab_size: the vocabulary is that of \(resolved.values.data.dataset), "
          + "which is not on this machine; train once, or say how many tokens it has, as in "
          + "--set model.vocab_size=65")
    ])
  }

  /// preset < file or what is usual < environment < flags.
  private func resolve(environment: [String: String]) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    if let config {
      try resolver.read(config: config, preset: preset)
    } else {
      resolver.read(preset: preset ?? Self.standardPreset, place: "--preset")
      for (key, value) in [
        ("training.batch_size", "4"), ("model.n_positions", "1024"), ("model.dropout", "0"),
      ] {
        resolver.read(key: key, text: value, flag: "benchmark")
      }
    }
    resolver.read(environment: environment)
    for (key, value, flag) in flags { resolver.read(key: key, text: value, flag: flag) }
    for setting in settings { resolver.read(setting: setting) }
    return try resolver.finish()
  }

  /// The flags as (key, value, how the user wrote it).
  private var flags: [(String, String, String)] {
    let all: [(String, String?, String)] = [
      ("training.batch_size", batch?.description, "--batch"),
      ("model.n_positions", sequence?.description, "--sequence"),
      ("model.dropout", dropout?.description, "--dropout"),
      ("training.precision", precision, "--precision"),
      ("training.gradient_sync", gradientSync, "--gradient-sync"),
    ]
    return all.compactMap { key, value, flag in value.map { (key, $0, flag) } }
  }
}
