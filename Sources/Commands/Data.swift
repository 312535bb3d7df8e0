// `trainer data`: what is done with texts apart from training on them.
import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Look at the text that a model learns from.",
    subcommands: [DataReport.self])
}
