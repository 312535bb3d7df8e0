// The entrance: reads the command line, runs one command, turns its end into an exit code.
import ArgumentParser

@main
struct Trainer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trainer",
    abstract: "Trains GPT-style language models on CPUs, on one machine or under mpirun.",
    usage: """
      trainer [train] --config FILE [options]
      mpirun -np N trainer [train] --config FILE [options]
      trainer <command> [options]
      """,
    version: Version.text,
    subcommands: [
      Train.self, Evaluate.self, Generate.self, Chat.self, Complete.self, Inspect.self, Info.self,
      Benchmark.self, ExportCommand.self, ImportCommand.self, DataCommand.self,
      TokenizerCommand.self,
    ],
    defaultSubcommand: Train.self)

  /// As in all other messages.
  static var _errorPrefix: String { "error: " }

  static func main() {
    do {
      try checkCommandName(CommandLine.arguments.dropFirst().first)
      var command = try parseAsRoot()
      try command.run()
    } catch {
      ExitStatus.end(afterParsing: error)
    }
  }

  /// With a default command the parser takes a wrong name for an argument too many.
  private static func checkCommandName(_ name: String?) throws {
    guard let name, !name.hasPrefix("-") else { return }
    let names = configuration.subcommands.map { $0._commandName }
    guard names.contains(name) || name == "help" else {
      throw ValidationError("no command \"\(name)\"; there are \(names.joined(separator: ", "))")
    }
  }
}
