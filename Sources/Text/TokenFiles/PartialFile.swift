// A file that takes its place when it is complete.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Grows beside the file's place, so that nobody reads half a file, and goes away unless it takes
/// that place.
final class PartialFile {
  private let path: String
  private let partialPath: String
  private let descriptor: Int32
  private var isInPlace = false

  /// - Throws: `CorpusError.unwritable`
  init(path: String) throws(CorpusError) {
    self.path = path
    partialPath = path + ".partial"
    descriptor = unsafe open(partialPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.unwritable(partialPath) }
  }

  deinit {
    _ = close(descriptor)
    if !isInPlace { _ = unsafe unlink(partialPath) }
  }

  /// - Throws: `CorpusError.unwritable`
  func append(_ bytes: [UInt8]) throws(CorpusError) {
    try Self.append(bytes, to: descriptor, path: partialPath)
  }

  /// Overwrites what stands at the file's beginning.
  /// - Throws: `CorpusError.unwritable`
  func overwriteStart(with bytes: [UInt8]) throws(CorpusError) {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count == bytes.count else { throw Self.unwritable(partialPath) }
  }

  /// Returns when the disk has all of it.
  /// - Throws: `CorpusError.unwritable`
  func sync() throws(CorpusError) {
    guard fsync(descriptor) == 0 else { throw Self.unwritable(partialPath) }
  }

  /// - Throws: `CorpusError.unwritable`
  func takePlace() throws(CorpusError) {
    guard unsafe rename(partialPath, path) == 0 else { throw Self.unwritable(path) }
    isInPlace = true
  }

  static func append(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(CorpusError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw unwritable(path) }
      done += count
    }
  }

  static func unwritable(_ path: String) -> CorpusError {
    .unwritable(path: path, reason: TextFile.message(errno))
  }
}
