// Files by the system's calls, whose reasons for a refusal are fit to be shown.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum SystemFile {
  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Negative with `errno` set when the system refuses.
  static func openForAppending(_ path: String) -> Int32 {
    unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
  }

  /// False with `errno` set when the bytes did not reach the disk.
  static func synchronizeAndClose(_ descriptor: Int32) -> Bool {
    let synchronized = fsync(descriptor) == 0
    let reason = errno
    close(descriptor)
    errno = reason
    return synchronized
  }

  /// The whole file; nil with `errno` set when the system refuses.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe pread(descriptor, &part, part.count, off_t(bytes.count))
      guard count != 0 else { return bytes }
      if count > 0 { bytes += part[..<count] } else if errno != EINTR { return nil }
    }
  }

  static func move(_ path: String, to newPath: String) -> Bool {
    unsafe rename(path, newPath) == 0
  }

  /// Writes every byte; false with `errno` set when the system refuses.
  /// - Parameter patience: milliseconds without a reader after which what does not block counts as
  ///   refused; negative for none.
  package static func writeAll(
    _ bytes: ArraySlice<UInt8>, to descriptor: Int32, patience: Int32 = 1000
  ) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        // A signal asks for a stop at the end of the step: the line goes out first.
        let waits =
          errno == EINTR || (errno == EAGAIN && wait(for: POLLOUT, on: descriptor, patience))
        guard waits else { return false }
        continue
      }
      rest = rest.dropFirst(written)
    }
    return true
  }

  /// Waits for a pipe that does not block, such as some launchers hand over.
  /// - Parameters:
  ///   - event: `POLLIN` or `POLLOUT`.
  ///   - milliseconds: negative for as long as it takes.
  /// - Returns: false when the time is up; a signal ends the wait as well.
  package static func wait(
    for event: Int32, on descriptor: Int32, _ milliseconds: Int32 = -1
  ) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    let count = unsafe poll(&request, 1, milliseconds)
    return count > 0 || (count < 0 && errno == EINTR)
  }

  /// Fills the places of standard input, output and error where whoever started the process has
  /// closed them: the next file to be opened would take one, and get what is written there. As
  /// before, what is read or written there is refused.
  package static func fillStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Replaces the file at `path` as a whole, through a file beside it; false with `errno` set when
  /// the system refuses.
  static func replace(_ path: String, by bytes: [UInt8]) -> Bool {
    let aside = path + ".tmp"
    let descriptor = unsafe open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return false }
    let written = writeAll(bytes[...], to: descriptor)
    let reason = errno
    if synchronizeAndClose(descriptor) && written && move(aside, to: path) { return true }
    if !written { errno = reason }
    let lastReason = errno
    unsafe unlink(aside)
    errno = lastReason
    return false
  }
}
