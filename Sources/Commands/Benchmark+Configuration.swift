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
    let resolved = try resolve(environment: environment)
    var values = resolved.values
    if !halfIsFast && values.training.precision == Precision.auto.rawValue {
      values.training.precision = Precision.fp32.rawValue
    }
    _ = try values.batchShare(ranks: ranks)
    guard let vocabularySize = try resolved.vocabularySize(environment) else {
      throw ConfigurationError.faults([
        .init(
          place: config ?? "benchmark",
          message: "model.vocab_size: known only once the text is at hand; give a number, as in "
            + "--set model.vocab_size=512")
      ])
    }
    return Order(values, vocabularySize: vocabularySize)
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
