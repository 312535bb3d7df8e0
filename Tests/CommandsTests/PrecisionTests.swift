// bf16 as a user sees it: on every path that this machine has, resumed, evaluated, profiled.
import FoundationEssentials
import Tensors
import Testing

struct PrecisionTests {
  /// The training losses of a run of the tiny model.
  private func losses(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> [Double] {
    let workplace = try Workplace()
    let ending = try workplace.run(
      ["--config", "tiny.json", "--out", "run"] + arguments, environment: environment)
    #expect(ending.exitCode == 0, "\(ending.errors)")
    struct Line: Decodable {
      var loss: Double?
      enum CodingKeys: String, CodingKey { case loss = "train/loss" }
    }
    return try workplace.bytes("run/metrics.jsonl").split(separator: UInt8(ascii: "\n"))
      .compactMap { try JSONDecoder().decode(Line.self, from: Data($0)).loss }
  }

  /// Each path is forced by the variable; one that the CPU lacks cannot be.
  @Test(arguments: HalfMultiply.Path.allCases.filter(\.isAvailable))
  func bfloat16TrainsLikeSinglePrecision(_ path: HalfMultiply.Path) throws {
    let single = try losses(["--precision", "fp32"])
    let half = try losses(
      ["--precision", "bf16"], environment: [HalfMultiply.pathVariable: path.rawValue])
    #expect(single.count == 4 && half.count == 4)
    for (a, b) in zip(single, half) { #expect(abs(b / a - 1) < 5e-3, "\(single) \(half)") }
    // The measure of the difference is not zero: bf16 was not ignored.
    #expect(single != half)
  }

  @Test func aRunKeepsItsPrecision() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--precision", "bf16", "--max-steps", "2"]).exitCode == 0)
    let configuration = String(decoding: workplace.bytes("run/config.json"), as: UTF8.self)
    #expect(configuration.contains("\"precision\": \"bf16\""))
    // auto follows the checkpoint, whatever this machine would choose.
    #expect(try workplace.train(["--resume", "auto", "--precision", "auto"]).exitCode == 0)
    let changed = try workplace.train(["--resume", "auto", "--precision", "fp32"])
    #expect(changed.exitCode == 4)
    #expect(changed.faults.first?.contains("training.precision: \"bf16\" in the") == true)
    let evaluation = try workplace.run(["evaluate", "--checkpoint", "run"])
    #expect(evaluation.exitCode == 0)
    let text = try workplace.run(["generate", "--checkpoint", "run", "--max-new-tokens", "3"])
    #expect(text.exitCode == 0)
  }

  @Test func aProfileTellsWhereTimeWent() throws {
    let workplace = try Workplace()
    let ending = try workplace.train(["--profile"])
    #expect(ending.exitCode == 0)
    let lines = ending.errors.split(separator: "\n").map(String.init)
    let header = try #require(lines.firstIndex { $0.hasPrefix("phase ") })
    #expect(lines[header...].contains { $0.hasPrefix("attention ") })
    #expect(lines[header...].contains { $0.hasPrefix("everything else ") })
    #expect(lines[header...].prefix(9).allSatisfy { $0.count <= 60 })
    #expect(try !workplace.train().errors.contains("\nphase "))
  }
}
