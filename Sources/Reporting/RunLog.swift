// The metrics of a run as JSON lines: the truth that every other view is made from.
import FoundationEssentials

/// `metrics.jsonl`: one record a line, on its way to the disk as soon as it is recorded.
package final class RunLog: MetricSink {
  private let path: String
  private var descriptor: Int32

  /// Opens the log of a run.
  ///
  /// - Parameter resumedStep: nil for a new run: a log that is already there is kept beside the new
  ///   one, as `<path>.previous`. Otherwise rows beyond this step are dropped, since their steps
  ///   are run again, as are rows that a crash left torn; the file is replaced as a whole or not
  ///   at all.
  /// - Parameter evaluatesAgain: whether this step's evaluation is run again too.
  package init(
    path: String, resumedStep: Int?, evaluatesAgain: Bool = false
  ) throws(ReportingError) {
    self.path = path
    descriptor = -1
    if let resumedStep {
      try Self.dropRows(path: path, beyond: resumedStep, evaluatesAgain: evaluatesAgain)
    } else if SystemFile.exists(path), !SystemFile.move(path, to: path + ".previous") {
      throw .cannotWrite(path: path + ".previous", reason: ReportingError.lastReason)
    }
    descriptor = SystemFile.openForAppending(path)
    guard descriptor >= 0 else {
      throw .cannotWrite(path: path, reason: ReportingError.lastReason)
    }
  }

  deinit { if descriptor >= 0 { _ = SystemFile.synchronizeAndClose(descriptor) } }

  package func record(_ record: MetricRecord) throws(ReportingError) {
    precondition(descriptor >= 0, "the log is closed")
    guard SystemFile.writeAll(Array((record.jsonLine + "\n").utf8)[...], to: descriptor) else {
      throw .cannotWrite(path: path, reason: ReportingError.lastReason)
    }
  }

  package func close() throws(ReportingError) {
    guard descriptor >= 0 else { return }
    defer { descriptor = -1 }
    guard SystemFile.synchronizeAndClose(descriptor) else {
      throw .cannotWrite(path: path, reason: ReportingError.lastReason)
    }
  }

  /// The rows of a log up to `step`, in their order, each with its line feed.
  /// - Parameter evaluatesAgain: whether to leave out this step's evaluation.
  package static func rows(
    _ log: [UInt8], upTo step: Int, evaluatesAgain: Bool = false
  ) -> [UInt8] {
    struct Row: Decodable {
      let step: Int
      let validationLoss: Double?

      enum CodingKeys: String, CodingKey {
        case step
        case validationLoss = "val/loss"
      }
    }
    let decoder = JSONDecoder()
    var kept: [UInt8] = []
    for line in log.split(separator: UInt8(ascii: "\n")) {
      guard let row = try? decoder.decode(Row.self, from: Data(line)), row.step <= step,
        !evaluatesAgain || row.step < step || row.validationLoss == nil
      else { continue }
      kept += line
      kept.append(UInt8(ascii: "\n"))
    }
    return kept
  }

  private static func dropRows(
    path: String, beyond step: Int, evaluatesAgain: Bool
  ) throws(ReportingError) {
    guard SystemFile.exists(path) else { return }
    guard let log = SystemFile.read(path) else {
      throw .cannotRead(path: path, reason: ReportingError.lastReason)
    }
    let kept = rows(log, upTo: step, evaluatesAgain: evaluatesAgain)
    guard kept != log else { return }
    guard SystemFile.replace(path, by: kept) else {
      throw .cannotWrite(path: path, reason: ReportingError.lastReason)
    }
  }
}
