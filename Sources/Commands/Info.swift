// `trainer info`: what a configuration or a checkpoint says, without training.
import ArgumentParser
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Training

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a configuration with where each value comes from, or a checkpoint's contents.")

  @OptionGroup var options: ConfigurationOptions
  @Option(help: ArgumentHelp("Show a checkpoint instead.", valueName: "path"))
  var checkpoint: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    let sets =
      options.config != nil || options.preset != nil || !options.settings.isEmpty
      || !options.flags.isEmpty
    if checkpoint != nil && sets {
      throw ValidationError("--checkpoint shows what is stored; leave out the configuration")
    }
  }

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        try StandardOutput.printLine(
          checkpoint.map(describe(checkpoint:)) ?? describeConfiguration())
        return []
      }
      return .done
    }
  }

  private func describeConfiguration() throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let resolved = try options.resolve(environment: environment)
    let vocabularySize =
      try resolved.values.model.vocabularySize ?? resolved.tokenizerSize(environment)
    let size = vocabularySize.map {
      ModelSize(resolved.values.modelConfiguration(usedVocabularySize: $0))
    }
    if json {
      var members: [JSONValue.Member] = [
        .init(key: "parameters", value: size.map { .number(Double($0.parameterCount)) } ?? .null)
      ]
      members.append(
        .init(
          key: "configuration",
          value: Self.json(ConfigurationKey.all, resolved.values) { resolved.source(of: $0) }))
      return JSONValue.object(members).compact
    }
    let parameters =
      size.map { NumberText.grouped($0.parameterCount) } ?? "known once the text is read"
    let rows = ConfigurationKey.all.map {
      ($0.path, $0.value(in: resolved.values).compact, resolved.source(of: $0.path).description)
    }
    let widths = (
      rows.map(\.0.columnCount).max() ?? 0, min(24, rows.map(\.1.columnCount).max() ?? 0)
    )
    return "parameters: \(parameters)\n\n"
      + rows.map {
        $0.0.padded(toColumns: widths.0 + 2) + $0.1.padded(toColumns: widths.1) + "  " + $0.2
      }.joined(separator: "\n")
  }

  private static func json(
    _ keys: [ConfigurationKey], _ values: RunConfiguration, source: (_ key: String) -> ValueSource
  ) -> JSONValue {
    .object(
      keys.map { key in
        .init(
          key: key.path,
          value: .object([
            .init(key: "value", value: key.value(in: values)),
            .init(key: "source", value: .string(source(key.path).description)),
          ]))
      })
  }

  private func describe(checkpoint path: String) throws -> String {
    let reader = try CheckpointReader(path: CheckpointOptions.file(path))
    let progress = try reader.progress()
    let stored = try StoredRun(reader)
    // A model that was imported has no run, and so none of its settings.
    let keys = ConfigurationKey.all.filter {
      reader.hasMoments || $0.section == "model" || $0.path == "tokenizer.kind"
    }
    let report = FieldReport([
      .text("checkpoint", reader.path),
      .count("step", progress.step),
      .count("tokens", progress.tokens),
      .optional("best_loss", progress.best?.loss, decimals: 4),
      progress.best.map { .count("best_step", $0.step) },
      .count(
        "parameters", reader.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }),
      .text("data", stored.provenance.data),
      stored.provenance.initializedFrom.map { .text("initialized_from", $0) },
      .text("trainer", stored.provenance.trainer),
      json
        ? .list("configuration", Self.json(keys, stored.configuration) { _ in .checkpoint }) : nil,
    ]).text(json: json)
    if json { return report }
    return report + "\n\n"
      + FieldReport(
        keys.map { .text($0.path, $0.value(in: stored.configuration).compact) }
      ).text(json: false)
  }
}
