// `trainer export`: trained models in the files of other tools.
import ArgumentParser

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained model for other tools, and prove that it is the same.",
    subcommands: [ExportHuggingFace.self])
}
