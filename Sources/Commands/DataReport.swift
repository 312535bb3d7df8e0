// `trainer data report`: what a run's text is made of, and what n-gram models reach on it.
import ArgumentParser
import FoundationEssentials
import Text
import Training

struct DataReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show what a text is made of, and the losses of n-gram models on it.",
    discussion: "A model is worth its training when its loss is below the best n-gram model's. "
      + "Bits per byte compare models with different tokenizers.")

  @OptionGroup var options: ConfigurationOptions
  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        let environment = ProcessInfo.processInfo.environment
        var configuration = try options.resolve(environment: environment)
        var preparation = RunTextPreparation(environment: environment)
        let text = try preparation.prepare(&configuration)
        if let warning = preparation.warning { session.warn(warning) }
        let report = try TextReport(text)
        try StandardOutput.printLine(json ? report.json.compact : report.text)
        return []
      }
      return .done
    }
  }
}
