// Results on standard output; one that cannot be written is an error like any other.
import FoundationEssentials

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
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          unsafe Glibc.write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        #else
          unsafe Musl.write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE {
          _ = signal(SIGPIPE, SIG_DFL)
          raise(SIGPIPE)
        }
        throw OutputError(number: errno)
      }
      rest = rest.dropFirst(count)
    }
  }
}
