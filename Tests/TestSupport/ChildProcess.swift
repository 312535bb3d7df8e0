// A program run as a user runs it: what it prints, how it ends, and never for longer than allowed.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A process in a group of its own, so that it can be ended with everything that it started.
package final class ChildProcess {
  /// How a process ended.
  package struct Ending: Sendable {
    /// As a shell gives it: 128 and the signal's number where a signal ended the process.
    package let exitCode: Int32
    package let output: String
    package let errors: String
    /// Whether it ran past its limit and was killed.
    package let isOverdue: Bool
  }

  package struct SpawnError: Error {
    package let program: String
    package let number: Int32
  }

  /// A shell's way to start a program in a folder; the process stays the same.
  private static let changingFolder = ["sh", "-c", "cd \"$0\" && exec \"$@\""]

  package let id: pid_t
  private let outputFile: CapturedFile
  private let errorsFile: CapturedFile
  private var ending: Ending?

  /// Starts a program with all signals as by default.
  /// - Parameters:
  ///   - arguments: the program, found along `PATH`, and what it is told.
  ///   - environment: the whole of it.
  ///   - input: becomes standard input; without it there is nothing to read.
  ///   - output: becomes standard output; without it `Ending` has what was written.
  package init(
    _ arguments: [String], environment: [String: String], workingFolder: String,
    input: Int32? = nil, output: Int32? = nil
  ) throws {
    outputFile = try CapturedFile()
    errorsFile = try CapturedFile()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let input {
      unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(
      &actions, output ?? outputFile.descriptor, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, errorsFile.descriptor, STDERR_FILENO)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // The threads of a test runner block signals, and their children would go on doing so.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let code = unsafe withCStrings(Self.changingFolder + [workingFolder] + arguments) { arguments in
      unsafe withCStrings(variables) { variables in
        unsafe posix_spawnp(&process, arguments[0]!, &actions, &attributes, arguments, variables)
      }
    }
    guard code == 0 else { throw SpawnError(program: arguments[0], number: code) }
    id = process
  }

  deinit { if ending == nil { endGroup() } }

  /// What it has written to standard error up to now.
  package var errors: String { errorsFile.text }

  package func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for its end.
  /// - Parameter limit: seconds after which it is killed.
  package func wait(limit: Double) -> Ending {
    if let ending { return ending }
    let status = status(within: limit)
    let code = status ?? endGroup()
    let made = Ending(
      exitCode: code, output: outputFile.text, errors: errorsFile.text, isOverdue: status == nil)
    ending = made
    return made
  }

  /// Whether `condition` became true within `limit` seconds.
  package static func wait(limit: Double, until condition: () -> Bool) -> Bool {
    var elapsed = 0.0
    while !condition() {
      if elapsed > limit { return false }
      usleep(10_000)
      elapsed += 0.01
    }
    return true
  }

  /// The exit code, nil if it has not ended after `limit` seconds.
  private func status(within limit: Double) -> Int32? {
    var status: Int32 = 0
    guard Self.wait(limit: limit, until: { unsafe waitpid(id, &status, WNOHANG) != 0 }) else {
      return nil
    }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }

  /// Gives a launcher the chance to end its ranks, then ends the whole group.
  @discardableResult
  private func endGroup() -> Int32 {
    kill(-id, SIGTERM)
    if let code = status(within: 5) { return code }
    kill(-id, SIGKILL)
    return status(within: 5) ?? 128 + SIGKILL
  }
}

/// A file without a name, for what a process writes: unlike a pipe it needs no reader.
private final class CapturedFile {
  let descriptor: Int32

  init() throws {
    let path = FileManager.default.temporaryDirectory.path + "/trainer-output-\(UUID().uuidString)"
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ChildProcess.SpawnError(program: path, number: errno) }
    unsafe unlink(path)
  }

  deinit { close(descriptor) }

  var text: String {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe pread(descriptor, &part, part.count, off_t(bytes.count))
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += part[..<count]
    }
  }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
  defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
  return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
}
