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
struct Download {
  let url: String
  /// Environment of curl; `PATH` says where it is, `TRAINER_OFFLINE=1` that it may not run.
  let environment: [String: String]

  static let connectTimeoutSeconds = 5
  static let timeoutSeconds = 60

  /// Downloads to a temporary file beside `path`, and renames it once `isWhole` has seen it, so
  /// that nobody ever reads half a file.
  /// - Returns: what now stands at `path`.
  func fetch(to path: String, isWhole: ([UInt8]) -> Bool) throws(DownloadFailure) -> [UInt8] {
    if environment[PublishedFile.offlineVariable] == "1" {
      throw DownloadFailure(reason: "\(PublishedFile.offlineVariable)=1 forbids downloads")
    }
    try createFolder(of: path)
    let partial = "\(path).\(getpid()).partial"
    defer { _ = unsafe unlink(partial) }
    try claim(partial)
    let status = try runCurl(output: partial)
    guard status == 0 else { throw DownloadFailure(reason: Self.meaning(ofCurlStatus: status)) }
    let bytes: [UInt8]
    do { bytes = try TextFile.contents(partial) } catch {
      throw DownloadFailure(reason: "\(error)")
    }
    guard isWhole(bytes) else {
      throw DownloadFailure(reason: "\(url) answered with another file (SHA-256 differs)")
    }
    guard unsafe rename(partial, path) == 0 else { throw cannotWrite(path) }
    return bytes
  }

  private func createFolder(of path: String) throws(DownloadFailure) {
    for (index, character) in zip(path.indices, path) where character == "/" {
      let folder = String(path[..<index])
      if folder.isEmpty || TextFile.exists(folder) { continue }
      // Another process may have been faster.
      guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw cannotWrite(folder) }
    }
  }

  /// Creates the temporary file: a folder that cannot be written is told before the network.
  private func claim(_ partial: String) throws(DownloadFailure) {
    let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw cannotWrite(partial) }
    _ = close(descriptor)
  }

  private func cannotWrite(_ path: String) -> DownloadFailure {
    DownloadFailure(reason: "\(path) cannot be written: \(TextFile.message(errno))")
  }

  /// Exit status of curl; 128 + signal if one ended it.
  private func runCurl(output: String) throws(DownloadFailure) -> Int32 {
    guard let curl = curlPath else {
      throw DownloadFailure(reason: "there is no curl to download with")
    }
    let arguments = [
      "curl", "-fsSL", "--connect-timeout", "\(Self.connectTimeoutSeconds)",
      "--max-time", "\(Self.timeoutSeconds)", "-o", output, url,
    ]
    // Sorted, because a dictionary has no order of its own.
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let code = unsafe Self.withCStrings(arguments) { arguments in
      unsafe Self.withCStrings(variables) { variables in
        unsafe Self.withSilentFiles {
          unsafe posix_spawn(&process, curl, $0, nil, arguments, variables)
        }
      }
    }
    guard code == 0 else {
      throw DownloadFailure(reason: "curl cannot be started: \(TextFile.message(code))")
    }
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else {
        throw DownloadFailure(reason: "curl was lost: \(TextFile.message(errno))")
      }
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// The first executable `curl` on the path.
  private var curlPath: String? {
    (environment["PATH"] ?? "").split(separator: ":").map { $0 + "/curl" }
      .first { unsafe access($0, X_OK) == 0 }
  }

  /// From curl's manual, section "EXIT CODES".
  private static func meaning(ofCurlStatus status: Int32) -> String {
    switch status {
    case 5, 6: "the host's name cannot be resolved (no network?)"
    case 7: "the host cannot be reached (no network?)"
    case 22: "the server refused the file"
    case 23: "the download cannot be written (disk full?)"
    case 28: "the download took too long"
    case 35, 60, 77: "no trusted connection to the host (TLS)"
    default: "curl ended with status \(status)"
    }
  }

  /// File actions that give a child nothing to read and nowhere to write to.
  private static func withSilentFiles(
    _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Int32
  ) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
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
