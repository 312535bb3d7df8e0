// Results on standard output; one that cannot be written is an error like any other.
import FoundationEssentials
import Reporting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output refused what was written to it.
struct OutputError: Error, CustomStringConvertible {
  let number: Int32

  var description: String {
    unsafe "standard output: cannot be written: \(String(cString: strerror(number)))"
  }
}

enum StandardOutput {
  static func printLine(_ text: String) throws(OutputError) {
    try write(Array("\(text)\n".utf8)[...])
  }

  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal there, or of `COLUMNS`; 80 where nobody knows.
  static var columns: Int {
    var size = winsize()
    let code = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    if code == 0 && size.ws_col > 0 { return Int(size.ws_col) }
    let said = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
    return said.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  /// Without a buffer, so that text is seen as it comes. Where whoever reads has gone away the
  /// process ends as SIGPIPE ends it, also if that was switched off by whoever started it.
  static func write(_ bytes: ArraySlice<UInt8>) throws(OutputError) {
    // A reader may take its time.
    if SystemFile.writeAll(bytes, to: STDOUT_FILENO, patience: -1) { return }
    let number = errno
    if number == EPIPE {
      _ = signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    throw OutputError(number: number)
  }
}
