// Models that are measured one after the other are not kept.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct EvaluationMemoryTests {
  /// The most memory that a process has had, looked at until it ends, in kB.
  private static func peak(of process: ChildProcess) -> Int {
    var peak = 0
    _ = ChildProcess.wait(limit: Workplace.limit) {
      let status = FileManager.default.contents(atPath: "/proc/\(process.id)/status") ?? Data()
      let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("VmHWM:") }
      let number = line?.split(separator: " ").dropFirst().first ?? ""
      peak = max(peak, Int(number.filter(\.isNumber)) ?? 0)
      // A process that has ended has no memory any more.
      return line == nil
    }
    return peak
  }

  @Test func severalModelsTakeTheMemoryOfOne() throws {
    let workplace = try Workplace()
    // 26 MB of weights.
    #expect(
      try workplace.train([
        "--quiet", "--max-steps", "1", "--batch-size", "1", "--set", "model.n_embd=64", "--set",
        "model.vocab_size=100000",
      ]).exitCode == 0)
    func peak(models: Int) throws -> Int {
      let process = try workplace.start(
        ["evaluate", "--micro-batch", "1"]
          + repeatElement(["--checkpoint", "run"], count: models).joined())
      let peak = Self.peak(of: process)
      #expect(process.wait(limit: Workplace.limit).exitCode == 0)
      return peak
    }
    // The last model that is looked at may be missed; of six not all.
    #expect(try peak(models: 6) < peak(models: 2) + 40_000)
  }
}
