// metrics.jsonl through crashes and resumed runs.
import FoundationEssentials
import Reporting
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "trainer-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self)
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
  }
}

struct RunLogTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/metrics.jsonl" }

  init() throws { folder = try TemporaryFolder() }

  func row(_ step: Int) -> String { #"{"step":\#(step),"tokens":0,"train/loss":1.0}"# + "\n" }
  func record(_ step: Int) -> MetricRecord {
    MetricRecord(step: step, tokens: 0, metrics: [.init("train/loss", 1)])
  }

  /// A run that was stopped before it evaluated does so when it goes on, perhaps twice.
  @Test func anEvaluationThatIsRunAgainStandsThereOnce() throws {
    let evaluations = [2, 4].map { #"{"step":\#($0),"tokens":0,"val/loss":1.0}"# + "\n" }
    let before = row(1) + row(2) + evaluations[0] + row(3) + row(4)
    try folder.write(before + evaluations[1], "metrics.jsonl")
    try RunLog(path: path, resumedStep: 4).close()
    #expect(try folder.text("metrics.jsonl") == before + evaluations[1])
    try RunLog(path: path, resumedStep: 4, evaluatesAgain: true).close()
    #expect(try folder.text("metrics.jsonl") == before)
  }

  @Test func everyRecordIsInTheFileAtOnce() throws {
    let log = try RunLog(path: path, resumedStep: nil)
    try log.record(record(1))
    #expect(try folder.text("metrics.jsonl") == row(1))
    try log.record(record(2))
    #expect(try folder.text("metrics.jsonl") == row(1) + row(2))
    try log.close()
  }

  @Test func resumingDropsLaterRowsAndTheTornOne() throws {
    try folder.write(row(1) + row(50) + row(51) + #"{"step":5"#, "metrics.jsonl")
    let log = try RunLog(path: path, resumedStep: 50)
    #expect(try folder.text("metrics.jsonl") == row(1) + row(50))
    try log.record(record(51))
    #expect(try folder.text("metrics.jsonl") == row(1) + row(50) + row(51))
  }

  @Test func aLastRowWithoutLineFeedGetsOne() throws {
    try folder.write(row(1) + row(2).dropLast(), "metrics.jsonl")
    _ = try RunLog(path: path, resumedStep: 2)
    #expect(try folder.text("metrics.jsonl") == row(1) + row(2))
  }

  @Test func resumingWithoutALogStartsOne() throws {
    let log = try RunLog(path: path, resumedStep: 50)
    try log.record(record(51))
    #expect(try folder.text("metrics.jsonl") == row(51))
  }

  @Test func aNewRunKeepsTheOldLogBeside() throws {
    try folder.write(row(1), "metrics.jsonl")
    _ = try RunLog(path: path, resumedStep: nil)
    #expect(try folder.text("metrics.jsonl") == "")
    #expect(try folder.text("metrics.jsonl.previous") == row(1))
  }

  @Test func aRefusedReplacementLeavesTheLog() throws {
    try folder.write(row(1) + row(2), "metrics.jsonl")
    // A folder where the file beside would have to be.
    try FileManager.default.createDirectory(
      atPath: path + ".tmp", withIntermediateDirectories: false)
    #expect(throws: ReportingError.self) { try RunLog(path: path, resumedStep: 1) }
    #expect(try folder.text("metrics.jsonl") == row(1) + row(2))
  }

  @Test func errorsNameThePathAndTheReason() {
    let path = folder.path + "/missing/metrics.jsonl"
    #expect(
      throws: ReportingError.cannotWrite(path: path, reason: "No such file or directory")
    ) { try RunLog(path: path, resumedStep: nil) }
  }

  @Test func aLogThatCannotBeReadIsAnErrorAndNotLost() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: ReportingError.cannotRead(path: path, reason: "Is a directory")) {
      try RunLog(path: path, resumedStep: 1)
    }
  }
}
