// `trainer info`: what a configuration or a checkpoint says, without training.
import ArgumentParser
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Training

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a configuration with where each value comes from, or a checkpoint's contents.",
    discussion: "--explain adds what each key means and which values it takes.")

  @OptionGroup var options: ConfigurationOptions
  @Option(help: ArgumentHelp("Show a checkpoint instead.", valueName: "path"))
  var checkpoint: String?
  @Flag(help: "Say below each key what it means and what it takes.")
  var explain = false
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
    let settings = SettingList(ConfigurationKey.all, resolved.values) { resolved.source(of: $0) }
    if json {
      return JSONValue.fields([
        ("parameters", size.map { .count($0.parameterCount) } ?? .null),
        ("configuration", settings.json),
      ]).compact
    }
    let parameters =
      size.map { NumberText.grouped($0.parameterCount) } ?? "known once the text is read"
    return "parameters: \(parameters)\n\n" + text(settings, showsSources: true)
  }

  private func text(_ settings: SettingList, showsSources: Bool) -> String {
    settings.text(
      showsSources: showsSources, explainedIn: explain ? StandardOutput.columns : nil)
  }

  private func describe(checkpoint path: String) throws -> String {
    let reader = try CheckpointReader(path: CheckpointOptions.file(path))
    let progress = try reader.progress()
    let stored = try StoredRun(reader)
    // A model that was imported has no run, and so none of its settings.
    let keys = ConfigurationKey.all.filter {
      reader.hasMoments || $0.section == "model" || $0.path == "tokenizer.kind"
    }
    let settings = SettingList(keys, stored.configuration) { _ in .checkpoint }
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
      json ? .list("configuration", settings.json) : nil,
    ]).text(json: json)
    return json ? report : report + "\n\n" + text(settings, showsSources: false)
  }
}
