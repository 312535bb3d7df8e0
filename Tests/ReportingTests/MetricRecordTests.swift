// Records as JSON lines.
import FoundationEssentials
import Reporting
import Testing

struct MetricRecordTests {
  @Test func keysKeepTheirOrder() {
    let record = MetricRecord(
      step: 10, tokens: 40960, metrics: [.init("train/loss", 3.25), .init("train/lr", 1e-3)])
    #expect(
      record.jsonLine == #"{"step":10,"tokens":40960,"train/loss":3.25,"train/lr":0.001}"#)
  }

  @Test func whatIsNotFiniteBecomesNull() {
    let record = MetricRecord(
      step: 1, tokens: 2,
      metrics: [.init("a", .nan), .init("b", .infinity), .init("c", -.infinity)])
    #expect(record.jsonLine == #"{"step":1,"tokens":2,"a":null,"b":null,"c":null}"#)
  }

  @Test func numbersReadBackAsTheyWere() throws {
    struct Row: Decodable { let x, y, z: Double }
    let values = [1e-7 / 3, 1.7976931348623157e308, -Double.leastNonzeroMagnitude]
    let record = MetricRecord(
      step: 0, tokens: 0,
      metrics: zip(["x", "y", "z"], values).map { .init($0, $1) })
    let row = try JSONDecoder().decode(Row.self, from: Data(record.jsonLine.utf8))
    #expect([row.x, row.y, row.z] == values)
  }

  @Test func namesAreQuoted() throws {
    let name = "a\"b\\c\u{1}\né"
    let line = MetricRecord(step: 0, tokens: 0, metrics: [.init(name, 1)]).jsonLine
    #expect(!line.contains("\n"))
    let row = try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
    #expect(row[name] == 1)
  }
}

struct StepReportTests {
  let report = StepReport(
    step: 10, totalSteps: 2000, tokens: 7680, loss: 3.12341, gradientNorm: 1.2345,
    learningRate: 1e-3,
    rates: .init(tokensPerSecond: 12345.4, stepSeconds: 0.06213, communicationShare: 0.061),
    residentBytes: 312_000_000, remainingSeconds: 123)

  @Test func theLogLineIsTheContracts() {
    #expect(
      report.line
        == "step 10/2000 | loss 3.1234 | ppl 22.7 | gnorm 1.23 | lr 1.00e-03 | 12,345 tok/s | "
        + "62.1 ms | comm 6% | mem 0.31 GB | eta 00:02:03")
  }

  @Test func numbersThatAreNotFiniteAreShown() {
    var report = report
    report.loss = .nan
    report.gradientNorm = .infinity
    report.remainingSeconds = nil
    #expect(report.line.hasPrefix("step 10/2000 | loss nan | ppl nan | gnorm inf |"))
    #expect(report.line.hasSuffix("| eta --:--:--"))
  }

  @Test func largePerplexitiesStayShort() {
    var report = report
    report.loss = 100
    #expect(report.line.contains("| ppl 2.69e+43 |"))
  }

  @Test func theMetricsAreTheContracts() {
    #expect(
      report.record.metrics.map(\.name) == [
        "train/loss", "train/ppl", "train/grad_norm", "train/lr", "train/tokens_per_s",
        "time/step_ms", "time/comm_pct", "mem/rss_gb",
      ])
    #expect(report.record.metrics[6].value == 6.1)
    #expect(report.record.metrics[7].value == 0.312)
  }

  @Test func theEvaluationLineIsTheContracts() {
    var evaluation = EvaluationReport(
      step: 250, tokens: 1, loss: 2.451, bitsPerByte: 3.534, isBest: true)
    #expect(evaluation.line == "eval step 250 | val 2.45 | ppl 11.6 | bpb 3.53 | best *")
    evaluation.isBest = false
    #expect(evaluation.line == "eval step 250 | val 2.45 | ppl 11.6 | bpb 3.53")
    #expect(evaluation.record.metrics.map(\.name) == ["val/loss", "val/ppl", "val/bpb"])
  }
}
