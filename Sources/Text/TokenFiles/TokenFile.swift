// A file of tokens, mapped into memory.
import Crypto
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The tokens of a prepared text. Pages come from the disk as they are needed, and go again: what
/// is resident stays small however large the file is.
///
/// `@unchecked Sendable`: the mapping is read only, and the counter is atomic.
@safe
package final class TokenFile: @unchecked Sendable {
  package let path: String
  package let header: TokenFileHeader
  private let base: UnsafeRawPointer
  private let length: Int
  /// Bytes that have come into memory since pages were last given back, about.
  private let touched = Atomic<Int>(0)

  /// The kernel maps so much around a page that is asked for.
  private static let faultAround = 128 << 10
  private static let residentLimit = 4 << 20

  /// - Throws: `CorpusError` for a file that is not there, foreign, truncated or damaged.
  package init(path: String) throws(CorpusError) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(path, errno) }
    defer { _ = close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw TextFile.failure(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isDirectory(path: path) }
    var head = [UInt8](repeating: 0, count: TokenFileHeader.byteCount)
    let count = try TextFile.fill(descriptor, at: 0, into: &head, path: path)
    do throws(TokenFileHeader.Fault) {
      header = try TokenFileHeader(bytes: Array(head[..<count]))
    } catch { throw .badTokenFile(path: path, reason: error.reason) }
    length = Int(status.st_size)
    guard length == header.fileByteCount else {
      let advice =
        length < header.fileByteCount ? "it is truncated; prepare the text again" : "it is damaged"
      throw .badTokenFile(
        path: path, reason: "it has \(length) of \(header.fileByteCount) bytes; \(advice)")
    }
    guard let mapped = unsafe mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0),
      unsafe mapped != MAP_FAILED
    else { throw TextFile.failure(path, errno) }
    unsafe base = UnsafeRawPointer(mapped)
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base), length) }

  package var count: Int { header.tokenCount }

  package subscript(index: Int) -> Int32 {
    precondition(index >= 0 && index < count, "token \(index) of \(count)")
    return token(index)
  }

  @inline(__always)
  private func token(_ index: Int) -> Int32 {
    let offset = TokenFileHeader.byteCount + index * header.width
    // The place lies in the file, whose length was checked.
    return header.width == 2
      ? Int32(unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian)
      : Int32(
        bitPattern: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          .littleEndian)
  }

  /// Overwrites `target[start...]` by the tokens of `range`; allocates nothing.
  /// - Throws: `CorpusError.tokenOutOfRange`
  func copy(
    _ range: Range<Int>, into target: inout [Int32], at start: Int
  ) throws(CorpusError) {
    for offset in 0..<range.count {
      let token = token(range.lowerBound + offset)
      guard token >= 0 && Int(token) < header.vocabularySize else {
        throw .tokenOutOfRange(
          path: path, index: range.lowerBound + offset, token: Int(token),
          vocabularySize: header.vocabularySize)
      }
      target[start + offset] = token
    }
    giveBack(after: range.count * header.width)
  }

  /// Where document `index` ends, in tokens.
  package func documentEnd(_ index: Int) -> Int {
    precondition(index >= 0 && index < header.documentCount, "document \(index)")
    let offset = TokenFileHeader.byteCount + count * header.width + 8 * index
    let end = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    return Int(clamping: end)
  }

  /// Lets go of the pages that are in memory once they are many; they can be had again.
  private func giveBack(after byteCount: Int) {
    let sum = touched.wrappingAdd(byteCount + Self.faultAround, ordering: .relaxed).newValue
    if sum < Self.residentLimit { return }
    touched.store(0, ordering: .relaxed)
    unsafe madvise(UnsafeMutableRawPointer(mutating: base), length, MADV_DONTNEED)
  }

  /// Reads the whole file and compares it with what was written.
  /// - Throws: `CorpusError.badTokenFile`
  package func verify() throws(CorpusError) {
    var hash = SHA256()
    var offset = TokenFileHeader.byteCount
    while offset < length {
      let end = min(length, offset + (1 << 20))
      unsafe hash.update(
        bufferPointer: UnsafeRawBufferPointer(start: base + offset, count: end - offset))
      giveBack(after: end - offset)
      offset = end
    }
    guard Array(hash.finalize()) == header.contentHash else {
      throw .badTokenFile(
        path: path, reason: "its tokens are damaged (SHA-256 differs); prepare the text again")
    }
  }
}

extension TokenFile: Equatable {
  package static func == (left: TokenFile, right: TokenFile) -> Bool {
    left.header == right.header
  }
}
