// `trainer data`: text before training.
import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Prepare, import or look at text before training.",
    subcommands: [DataPrepare.self, DataImport.self, DataReport.self])
}
