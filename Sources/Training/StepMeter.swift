// What the steps since the last report amount to.
import Reporting

/// Loss and rates since the last report.
package struct StepMeter {
  private var throughput = ThroughputMeter()
  private var lossTotal = 0.0
  private var tokenCount = 0.0

  package init() {}

  package struct Reading {
    let loss: Double
    package let rates: ThroughputMeter.Rates
  }

  package mutating func beginStep() { throughput.beginStep() }

  mutating func measureCommunication<Result>(_ body: () throws -> Result) rethrows -> Result {
    try throughput.measureCommunication(body)
  }

  package mutating func endStep(_ sums: StepSums) {
    lossTotal += sums.lossTotal
    tokenCount += sums.tokenCount
    throughput.endStep(tokens: Int(sums.tokenCount))
  }

  package mutating func take() -> Reading {
    defer { (lossTotal, tokenCount) = (0, 0) }
    return Reading(loss: lossTotal / tokenCount, rates: throughput.takeRates())
  }
}
