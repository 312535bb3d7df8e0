// `trainer export`: models for other tools.
import ArgumentParser

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model for other tools.",
    subcommands: [ExportGGUF.self])
}
