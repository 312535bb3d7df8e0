// `trainer import`: models of other tools as run folders.
import ArgumentParser

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take over a model of another tool, to evaluate it, write with it or train it on.",
    subcommands: [ImportHuggingFace.self])
}
