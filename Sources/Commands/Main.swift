// The entrance: reads the command line, runs one command, turns its end into an exit code.
import ArgumentParser
import Reporting

@main
package struct Trainer: ParsableCommand {
  package static let configuration = CommandConfiguration(
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
  package static var _errorPrefix: String { "error: " }

  package init() {}

  package static func main() {
    SystemFile.fillStandardDescriptors()
    do {
      var command = try command(of: Array(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch {
      ExitStatus.end(afterParsing: error)
    }
  }

  /// The command that a command line names, with its options; nothing is run.
  /// - Throws: what `fullMessage(for:)` explains.
  package static func command(of arguments: [String]) throws -> any ParsableCommand {
    try checkCommandName(arguments.first)
    return try parseAsRoot(arguments)
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
