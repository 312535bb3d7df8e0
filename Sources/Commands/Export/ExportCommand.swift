// `trainer export`: models for other tools.
import ArgumentParser

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model for other tools, and show that it is the same.",
    subcommands: [ExportHuggingFace.self, ExportGGUF.self])
}
