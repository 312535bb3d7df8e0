// A folder to work in with the built trainer, as a user does.
import FoundationEssentials
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder with a text and a configuration of a tiny model; removed when it goes out of use.
final class Workplace {
  /// The trainer that was built with these tests.
  static let trainer: String = {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe readlink(
        "/proc/self/exe", buffer.assumingMemoryBound(to: CChar.self).baseAddress!, buffer.count)
    }
    let folder = String(decoding: bytes.prefix(max(0, length)), as: UTF8.self)
      .split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/trainer"
  }()

  /// Enough for a loaded machine.
  static let limit = 60.0
  /// Steps that no test waits for.
  static let endless = ["--max-steps", "1000000000"]

  let path: String

  init() throws {
    var template = Array("/tmp/trainer-commands-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try write(Self.text, to: "text.txt")
    try write(Self.configuration, to: "tiny.json")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static let text = (1...60).map { "The quick brown fox \($0) jumps over the lazy dog.\n" }.joined()

  private static let configuration = """
    {
      "model": { "n_layer": 1, "n_head": 2, "n_embd": 16, "n_positions": 16 },
      "data": { "dataset": "text.txt" },
      "tokenizer": { "kind": "character" },
      "schedule": { "warmup_steps": 2 },
      "training": { "precision": "fp32", "batch_size": 4, "max_steps": 4, "evaluate_every": 0 },
      "checkpoint": { "save_every": 0 },
    }
    """

  /// A path in the folder.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: file(name)))
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: true)
  }

  func bytes(_ name: String) -> [UInt8] {
    FileManager.default.contents(atPath: file(name)).map { Array($0) } ?? []
  }

  /// Metrics of a run, step after step.
  func numbers(of metrics: [String], in run: String) throws -> [Double] {
    try bytes("\(run)/metrics.jsonl").split(separator: UInt8(ascii: "\n")).flatMap { line in
      let record = try JSONDecoder().decode([String: Double?].self, from: Data(line))
      return metrics.compactMap { record[$0] ?? nil }
    }
  }

  /// Names in a folder, sorted; none if it does not exist.
  func names(_ name: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: file(name))) ?? []).sorted()
  }

  /// Starts the trainer here, or any program if `program` names it, without a network and with an
  /// empty cache.
  func start(
    _ arguments: [String], program: [String] = [Workplace.trainer],
    environment: [String: String] = [:], input: Int32? = nil, output: Int32? = nil
  ) throws -> ChildProcess {
    // What starts the tests must not reach the trainer: it looks for launchers' variables.
    let launchers = ["TRAINER_", "OMPI_", "PMI", "SLURM_"]
    var variables = ProcessInfo.processInfo.environment.filter { variable in
      !launchers.contains { variable.key.hasPrefix($0) }
    }
    variables["TRAINER_OFFLINE"] = "1"
    variables["TRAINER_CACHE"] = file("cache")
    // Open MPI refuses to start for root unless told twice.
    variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    variables.merge(environment) { $1 }
    return try ChildProcess(
      program + arguments, environment: variables, workingFolder: path, input: input,
      output: output)
  }

  func run(
    _ arguments: [String], program: [String] = [Workplace.trainer],
    environment: [String: String] = [:]
  ) throws -> ChildProcess.Ending {
    try start(arguments, program: program, environment: environment).wait(limit: Self.limit)
  }

  /// Trains the tiny model; `arguments` come last.
  func train(_ arguments: [String] = []) throws -> ChildProcess.Ending {
    try run(["--config", "tiny.json", "--out", "run"] + arguments)
  }

  /// `mpirun` and what precedes the program.
  static func launcher(ranks: Int) -> [String] {
    ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "\(ranks)", trainer]
  }
}

extension ChildProcess.Ending {
  /// Lines with which the trainer reported errors, without the prefix.
  var faults: [String] { errorLines(after: "error: ") }
  var warnings: [String] { errorLines(after: "warning: ") }
  /// Step lines.
  var steps: [String] { errorLines(after: "step ") }

  private func errorLines(after prefix: String) -> [String] {
    errors.split(separator: "\n").filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }
  }
}

/// What a user did wrong, and what it comes to.
struct WrongInput: CustomStringConvertible, Sendable {
  let arguments: [String]
  let exitCode: Int32
  let faults: [String]

  init(_ arguments: [String], _ exitCode: Int32, _ faults: String...) {
    self.arguments = arguments
    self.exitCode = exitCode
    self.faults = faults
  }

  var description: String { arguments.joined(separator: " ") }
}
