// Standard input: a pipe or a file as a whole, or lines as somebody types them.
import Communication
import Reporting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard input could not be read.
struct InputError: Error, CustomStringConvertible {
  let number: Int32

  var description: String {
    unsafe "standard input: cannot be read: \(String(cString: strerror(number)))"
  }
}

/// Reads standard input, by lines or to its end.
struct StandardInput {
  private var waiting: [UInt8] = []
  private var isAtEnd = false

  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether somebody sends something: a pipe or a file, rather than a terminal or nothing. mpirun
  /// hands on even its terminal as a pipe, so that its own standard input counts.
  static var isSent: Bool {
    var status = stat()
    let code =
      LaunchEnvironment.current.launcher == nil
      ? unsafe fstat(STDIN_FILENO, &status) : unsafe stat("/proc/\(getppid())/fd/0", &status)
    guard code == 0 else { return false }
    return [S_IFIFO, S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// The next line without its end; nil at the end, and after Ctrl-C.
  mutating func line() throws(InputError) -> [UInt8]? {
    while true {
      // Lines that have come already may be many.
      if Interrupt.isPending { return nil }
      if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
        defer { waiting.removeFirst(end + 1) }
        return waiting[..<end].last == UInt8(ascii: "\r")
          ? Array(waiting[..<(end - 1)]) : Array(waiting[..<end])
      }
      guard try readMore() else {
        defer { waiting = [] }
        return waiting.isEmpty || Interrupt.isPending ? nil : waiting
      }
    }
  }

  /// The next line; whoever types it is asked for it.
  mutating func line(prompt: String, _ console: Console) throws(InputError) -> [UInt8]? {
    if Self.isTerminal { console.ask(prompt) }
    let line = try line()
    // The terminal stands behind the prompt still.
    if line == nil, Self.isTerminal { console.print("") }
    return line
  }

  /// All that is left, without a line break at its end.
  mutating func rest() throws(InputError) -> [UInt8] {
    while try readMore() {}
    defer { waiting = [] }
    return waiting.withoutLastLineBreak
  }

  /// False at the end, and after Ctrl-C.
  private mutating func readMore() throws(InputError) -> Bool {
    if isAtEnd || Interrupt.isPending { return false }
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(STDIN_FILENO, &part, part.count)
      if count > 0 {
        waiting += part[..<count]
        return true
      }
      if count == 0 {
        isAtEnd = true
        return false
      }
      let waits =
        errno == EINTR || (errno == EAGAIN && SystemFile.wait(for: POLLIN, on: STDIN_FILENO))
      if !waits { throw InputError(number: errno) }
      if Interrupt.isPending { return false }
    }
  }
}

extension [UInt8] {
  /// Editors and `echo` end every text with one.
  var withoutLastLineBreak: [UInt8] {
    guard last == UInt8(ascii: "\n") else { return self }
    return dropLast(dropLast().last == UInt8(ascii: "\r") ? 2 : 1)
  }
}
