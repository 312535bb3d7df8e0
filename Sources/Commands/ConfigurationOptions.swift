// The flags that reach the run configuration, shared by the commands that read one.
import ArgumentParser
import FoundationEssentials
import Training

/// `--config`, `--set` and the short flags for what people change most.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Configuration file.",
      discussion: "Looked for as given, in ./configs, and beside the installed binary.",
      valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set any key of the configuration.", valueName: "section.key=value"))
  var settings: [String] = []

  @Option(help: "Shape, learning rate and dropout to start from: nano, micro or small.")
  var preset: String?
  @Option(help: "Number of updates (training.max_steps).")
  var maxSteps: String?
  @Option(help: "Sequences of a step, over all ranks (training.batch_size).")
  var batchSize: String?
  @Option(help: "Highest learning rate (schedule.learning_rate).")
  var learningRate: String?
  @Option(help: "Seed of everything random (training.seed).")
  var seed: String?
  @Option(help: "auto, fp32 or bf16 (training.precision).")
  var precision: String?
  @Option(help: "A dataset's name, text files, or a prepared folder (data.dataset).")
  var data: String?
  @Option(help: "gpt2, character, word or bpe (tokenizer.kind).")
  var tokenizer: String?

  /// The flags as (key, value, how the user wrote it).
  var flags: [(key: String, value: String, flag: String)] {
    let common: [(String, String?, String)] = [
      ("training.max_steps", maxSteps, "--max-steps"),
      ("training.batch_size", batchSize, "--batch-size"),
      ("schedule.learning_rate", learningRate, "--learning-rate"),
      ("training.seed", seed, "--seed"),
      ("training.precision", precision, "--precision"),
      ("data.dataset", data, "--data"),
      ("tokenizer.kind", tokenizer, "--tokenizer"),
    ]
    return common.compactMap { key, value, flag in value.map { (key, $0, flag) } }
  }
}
