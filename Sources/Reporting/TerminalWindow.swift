// Whether somebody is watching: the terminal behind standard error.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The terminal that shows what this process writes to standard error.
struct TerminalWindow: Sendable {
  private let descriptor: Int32

  /// Nil when standard error goes to a file or to another program.
  ///
  /// mpirun hands its ranks a pipe and copies what they write to its own standard error at once. A
  /// rank on mpirun's node is its child, so a terminal there is found through `/proc`.
  static func behindStandardError(environment: [String: String]) -> TerminalWindow? {
    if isatty(STDERR_FILENO) == 1 { return TerminalWindow(descriptor: STDERR_FILENO) }
    guard environment["OMPI_COMM_WORLD_RANK"] != nil else { return nil }
    let parent = "/proc/\(getppid())"
    let name = FileManager.default.contents(atPath: parent + "/comm") ?? Data()
    let launchers = ["mpirun", "mpiexec", "orterun", "prterun"]
    guard launchers.contains(where: { name.starts(with: $0.utf8) }) else { return nil }
    let descriptor = unsafe open(parent + "/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    guard isatty(descriptor) == 1 else {
      close(descriptor)
      return nil
    }
    return TerminalWindow(descriptor: descriptor)
  }

  /// Columns as they are now, 80 when the terminal does not know.
  var columns: Int {
    var size = winsize()
    let code = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
    return code == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
