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
    subcommands: [Train.self, Evaluate.self, Generate.self, Info.self, Benchmark.self],
    defaultSubcommand: Train.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      ExitStatus.end(afterParsing: error)
    }
  }
}
