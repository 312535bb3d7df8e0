// A file's bytes, in memory only as far as they are looked at.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that is mapped, or bytes that stand for one.
///
/// `@unchecked Sendable`: nobody writes to the bytes.
@safe
package final class MappedFile: @unchecked Sendable {
  /// A file that cannot be mapped, by the system's error number.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package let number: Int32

    /// The system's words, such as "No such file or directory".
    package var description: String { unsafe String(cString: strerror(number)) }

    /// Of the call that failed last.
    fileprivate static var last: Failure { Failure(number: errno) }
  }

  /// Names the bytes in errors.
  package let path: String
  /// Bytes of the file.
  package let count: Int
  /// Nil for an empty file.
  private let base: UnsafeRawPointer?
  private let isMapped: Bool

  package init(path: String) throws(Failure) {
    self.path = path
    // A named pipe would wait for somebody who writes to it.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .last }
    defer { _ = close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .last }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Failure(number: EISDIR)
    default: throw Failure(number: EINVAL)
    }
    count = Int(status.st_size)
    isMapped = count > 0
    guard isMapped else {
      unsafe base = nil
      return
    }
    guard let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe mapped != MAP_FAILED
    else { throw .last }
    unsafe base = UnsafeRawPointer(mapped)
  }

  /// A copy of bytes that are in memory already.
  package init(bytes: [UInt8], path: String) {
    self.path = path
    count = bytes.count
    isMapped = false
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 16)
    unsafe copy.copyBytes(from: bytes)
    unsafe base = UnsafeRawPointer(copy.baseAddress)
  }

  deinit {
    guard let base = unsafe base.map({ unsafe UnsafeMutableRawPointer(mutating: $0) }) else {
      return
    }
    if isMapped { _ = unsafe munmap(base, count) } else { unsafe base.deallocate() }
  }

  /// Calls `body` with a part of the bytes, which it must not keep.
  /// - Precondition: `range` lies in `0..<count`.
  package func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) bytes")
    return try unsafe body(
      UnsafeRawBufferPointer(start: base.map { unsafe $0 + range.lowerBound }, count: range.count))
  }

  /// A copy of a part of the bytes.
  /// - Precondition: `range` lies in `0..<count`.
  package func array(_ range: Range<Int>) -> [UInt8] {
    unsafe withBytes(range) { unsafe Array($0) }
  }
}
