// What the steps since the last report amount to.
import ModelFiles
import Reporting

/// Loss and rates since the last report.
package struct StepMeter {
  private var throughput = ThroughputMeter()
  /// The loss of these steps; those before a resumption may be among them.
  package private(set) var unreported: TrainingProgress.Unreported

  package init(_ unreported: TrainingProgress.Unreported = .init()) {
    self.unreported = unreported
  }

  package struct Reading {
    let loss: Double
    package let rates: ThroughputMeter.Rates
  }

  package mutating func beginStep() { throughput.beginStep() }

  mutating func measureCommunication<Result>(_ body: () throws -> Result) rethrows -> Result {
    try throughput.measureCommunication(body)
  }

  package mutating func endStep(_ sums: StepSums) {
    unreported.lossTotal += sums.lossTotal
    unreported.tokenCount += Int(sums.tokenCount)
    throughput.endStep(tokens: Int(sums.tokenCount))
  }

  package mutating func take() -> Reading {
    defer { unreported = .init() }
    return Reading(
      loss: unreported.lossTotal / Double(unreported.tokenCount), rates: throughput.takeRates())
  }
}
