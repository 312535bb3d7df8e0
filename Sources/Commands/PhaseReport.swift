// Where the time of a step goes: a table for people, an array for programs.
import Reporting
import Tensors
import Training

/// The phases of some steps beside what the machine can do.
struct PhaseReport {
  private struct Line {
    let name: String
    let seconds: Double
    let operationsPerSecond: Double?
    let bytesPerSecond: Double?
    /// Of the ceiling that bounds this phase.
    let ceilingShare: Double?
  }

  private let lines: [Line]
  private let stepSeconds: Double

  /// Means over the steps that the clock has measured.
  init(_ clock: PhaseClock, _ ceilings: MachineCeilings) {
    let count = Double(max(1, clock.stepCount))
    stepSeconds = clock.stepSeconds / count
    var lines = Phase.allCases.compactMap { phase -> Line? in
      let total = clock[phase]
      if total.seconds == 0 { return nil }
      let operations = total.operations > 0 ? total.operations / total.seconds : nil
      let bytes = operations == nil && total.bytes > 0 ? total.bytes / total.seconds : nil
      return Line(
        name: phase.name, seconds: total.seconds / count, operationsPerSecond: operations,
        bytesPerSecond: bytes,
        ceilingShare: operations.map { $0 / ceilings.operationsPerSecond }
          ?? bytes.map { $0 / ceilings.bytesPerSecond })
    }
    let rest = stepSeconds - lines.reduce(0) { $0 + $1.seconds }
    lines.append(
      Line(
        name: "everything else", seconds: max(0, rest), operationsPerSecond: nil,
        bytesPerSecond: nil, ceilingShare: nil))
    self.lines = lines
  }

  /// One line a phase, at most 60 columns wide.
  var text: String {
    let header = row(["phase", "ms", "share", "GFLOP/s", "GB/s", "of ceiling"])
    return
      ([header]
      + lines.map { line in
        row([
          line.name, NumberText.fixed(1e3 * line.seconds, 1),
          NumberText.fixed(100 * line.seconds / stepSeconds, 0) + " %",
          line.operationsPerSecond.map { NumberText.fixed($0 / 1e9, 0) } ?? "",
          line.bytesPerSecond.map { NumberText.fixed($0 / 1e9, 1) } ?? "",
          line.ceilingShare.map { NumberText.fixed(100 * $0, 0) + " %" } ?? "",
        ])
      }).joined(separator: "\n")
  }

  var json: JSONValue {
    .array(
      lines.map { line in
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return .object([
          .init(key: "phase", value: .string(line.name)),
          .init(key: "seconds", value: .number(line.seconds)),
          .init(key: "gflops", value: number(line.operationsPerSecond.map { $0 / 1e9 })),
          .init(
            key: "gigabytes_per_second", value: number(line.bytesPerSecond.map { $0 / 1e9 })),
          .init(key: "ceiling_share", value: number(line.ceilingShare)),
        ])
      })
  }

  private static let widths = [16, 9, 7, 9, 7, 12]

  private func row(_ cells: [String]) -> String {
    let padded = zip(cells, Self.widths).enumerated().map { index, cell in
      index == 0 ? cell.0.padded(toColumns: cell.1) : cell.0.indented(toColumns: cell.1)
    }
    var line = padded.joined()
    while line.last == " " { line.removeLast() }
    return line
  }
}
