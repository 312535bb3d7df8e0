// Fetches one file by the system's curl.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Why a download did not happen.
struct DownloadFailure: Error, Equatable {
  let reason: String
}

/// One download. curl brings the system's certificates and proxy settings, and a binary without a
/// TLS library of its own stays small and static.
package struct Download {
  let url: String
  /// Environment of curl; `PATH` says where it is, `TRAINER_OFFLINE=1` that it may not run.
  let environment: [String: String]
  let stallSeconds: Int
  let progress: ((_ byteCount: Int) -> Void)?

  static let connectTimeoutSeconds = 5
  /// A big file may take hours, but not stand still: slower than `slowestBytesPerSecond` for so
  /// long, and the download ends.
  package static let stallSeconds = 30
  static let slowestBytesPerSecond = 1_000
  /// HTTP's answer to whoever asks for what lies behind a file's end.
  private static let rangeNotSatisfiable = 416

  /// Downloads to `path.partial`, and renames it once `isWhole` has seen it, so that nobody ever
  /// reads half a file. What a failed download leaves there the next one goes on with. Processes
  /// that want one file wait for each other.
  func fetch(to path: String, isWhole: (_ path: String) -> Bool) throws(DownloadFailure) {
    if environment[PublishedFile.offlineVariable] == "1" {
      throw DownloadFailure(reason: "\(PublishedFile.offlineVariable)=1 forbids downloads")
    }
    try createFolder(of: path)
    let partial = "\(path).partial"
    // A folder that cannot be written is told before the network.
    guard let descriptor = LockedFile.take(partial) else { throw cannotWrite(partial) }
    defer {
      if size(of: descriptor) == 0 { _ = unsafe unlink(partial) }
      _ = close(descriptor)
    }
    // The process that was waited for may have brought it.
    if TextFile.exists(path) && isWhole(path) {
      _ = unsafe unlink(partial)
      return
    }
    var isContinued = size(of: descriptor) > 0
    while true {
      try runToTheEnd(partial, descriptor, isContinued: &isContinued)
      if isWhole(partial) { break }
      guard isContinued else {
        _ = unsafe unlink(partial)
        throw DownloadFailure(reason: "\(url) answered with another file (SHA-256 differs)")
      }
      // What was there may have been the beginning of something else.
      isContinued = false
      guard ftruncate(descriptor, 0) == 0 else { throw cannotWrite(partial) }
    }
    guard unsafe rename(partial, path) == 0 else { throw cannotWrite(path) }
  }

  /// Runs curl until it has the end of the file: again after a lost connection, as long as each run
  /// brings something.
  private func runToTheEnd(
    _ partial: String, _ descriptor: Int32, isContinued: inout Bool
  ) throws(DownloadFailure) {
    while true {
      let before = size(of: descriptor)
      let (status, answer) = try runCurl(output: partial, descriptor)
      switch status {
      case 0: return
      // The server cannot go on from there: the caller starts again, unless the file is whole.
      case 33, 36:
        if isContinued { return }
      case 22 where answer == Self.rangeNotSatisfiable:
        if isContinued { return }
      case 18, 28, 55, 56, 92:
        if size(of: descriptor) > before {
          isContinued = true
          continue
        }
      default: break
      }
      throw DownloadFailure(reason: meaning(ofCurlStatus: status))
    }
  }

  private func size(of descriptor: Int32) -> Int {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  private func createFolder(of path: String) throws(DownloadFailure) {
    for (index, character) in zip(path.indices, path) where character == "/" {
      let folder = String(path[..<index])
      if folder.isEmpty || TextFile.exists(folder) { continue }
      // Another process may have been faster.
      guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw cannotWrite(folder) }
    }
  }

  private func cannotWrite(_ path: String) -> DownloadFailure {
    DownloadFailure(reason: "\(path) cannot be written: \(TextFile.message(errno))")
  }

  /// Exit status of curl, 128 + signal if one ended it, and the status of the server's last answer.
  private func runCurl(
    output: String, _ descriptor: Int32
  ) throws(DownloadFailure) -> (status: Int32, answer: Int?) {
    guard let curl = curlPath else {
      throw DownloadFailure(reason: "there is no curl to download with")
    }
    let (reading, writing) = try Self.pipeForDigits()
    defer { _ = close(reading) }
    let arguments = [
      "curl", "-o", output, "-C", "-", "-fsSL", "-w", "%{http_code}",
      "--connect-timeout", "\(Self.connectTimeoutSeconds)",
      "--speed-limit", "\(Self.slowestBytesPerSecond)", "--speed-time", "\(stallSeconds)", url,
    ]
    // Sorted, because a dictionary has no order of its own.
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let code = unsafe Self.withCStrings(arguments) { arguments in
      unsafe Self.withCStrings(variables) { variables in
        unsafe Self.withSilentFiles(output: writing) {
          unsafe posix_spawn(&process, curl, $0, nil, arguments, variables)
        }
      }
    }
    _ = close(writing)
    guard code == 0 else {
      throw DownloadFailure(reason: "curl cannot be started: \(TextFile.message(code))")
    }
    let status = try wait(for: process) { progress?(size(of: descriptor)) }
    var digits = [UInt8](repeating: 0, count: 16)
    let count = unsafe read(reading, &digits, digits.count)
    let answer = Int(String(decoding: digits.prefix(max(0, count)), as: UTF8.self))
    let signal = status & 0x7f
    return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, answer)
  }

  /// A pipe for a few digits, which it holds until curl has ended; reading does not wait for more.
  private static func pipeForDigits() throws(DownloadFailure) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      throw DownloadFailure(reason: "curl cannot be started: \(TextFile.message(errno))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  /// Status of a child once it has ended.
  private func wait(
    for process: pid_t, _ tick: () -> Void
  ) throws(DownloadFailure) -> Int32 {
    var status: Int32 = 0
    while true {
      let ended = unsafe waitpid(process, &status, progress == nil ? 0 : WNOHANG)
      if ended == process { return status }
      guard ended == 0 || errno == EINTR else {
        throw DownloadFailure(reason: "curl was lost: \(TextFile.message(errno))")
      }
      if ended == 0 {
        tick()
        usleep(200_000)
      }
    }
  }

  /// The first executable `curl` on the path.
  private var curlPath: String? {
    (environment["PATH"] ?? "").split(separator: ":").map { $0 + "/curl" }
      .first { unsafe access($0, X_OK) == 0 }
  }

  /// From curl's manual, section "EXIT CODES".
  private func meaning(ofCurlStatus status: Int32) -> String {
    switch status {
    case 5, 6: "the host's name cannot be resolved (no network?)"
    case 7: "the host cannot be reached (no network?)"
    case 22: "the server refused the file"
    case 23: "the download cannot be written (disk full?)"
    case 18, 55, 56, 92: "the connection was lost; what has come is kept for the next time"
    case 28: "nothing came for \(stallSeconds) seconds; what has come is kept for the next time"
    case 35, 60, 77: "no trusted connection to the host (TLS)"
    default: "curl ended with status \(status)"
    }
  }

  /// File actions that give a child nothing to read and nowhere to write to but `output`.
  private static func withSilentFiles(
    output: Int32, _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Int32
  ) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDERR_FILENO] {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    return unsafe body(&actions)
  }

  /// The texts as a null-terminated array of C strings.
  private static func withCStrings(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
  ) -> Int32 {
    let pointers = unsafe texts.map { unsafe strdup($0) }
    defer { for index in texts.indices { unsafe free(pointers[index]) } }
    return unsafe body(pointers + [nil])
  }
}
