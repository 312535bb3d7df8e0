// Reads a file, at once or in chunks.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files as bytes.
enum TextFile {
  /// Whether something stands at `path`, a folder included.
  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// The bytes of a regular file or pipe, read into one allocation of the file's size.
  static func contents(_ path: String) throws(CorpusError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { _ = close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isDirectory(path: path) }
    var bytes: [UInt8] = []
    // One more than its size, so that the end is noticed without growing.
    var room = Int(status.st_size) + 1
    while true {
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: room))
      let count = readChunk(descriptor, into: &bytes, from: start)
      guard count >= 0 else { throw failure(path, errno) }
      bytes.removeLast(room - count)
      if count == 0 { return bytes }
      room = max(room - count, 1 << 16)
    }
  }

  /// Reads a file without holding more of it than a chunk.
  /// - Returns: its number of bytes.
  static func forEachChunk(
    of path: String, _ body: (ArraySlice<UInt8>) -> Void
  ) throws(CorpusError) -> Int {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var total = 0
    while true {
      let count = readChunk(descriptor, into: &bytes, from: 0)
      if count < 0 && errno == EISDIR { throw .isDirectory(path: path) }
      guard count >= 0 else { throw failure(path, errno) }
      if count == 0 { return total }
      body(bytes[..<count])
      total += count
    }
  }

  /// Fills `bytes` from `start` on; the number of bytes read, 0 at the end, -1 on failure.
  private static func readChunk(
    _ descriptor: Int32, into bytes: inout [UInt8], from start: Int
  ) -> Int {
    unsafe bytes.withUnsafeMutableBytes { buffer in
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...])
      while true {
        let count = unsafe read(descriptor, rest.baseAddress, rest.count)
        if count >= 0 || errno != EINTR { return count }
      }
    }
  }

  static func failure(_ path: String, _ code: Int32) -> CorpusError {
    code == ENOENT
      ? .missingFile(path: path) : .unreadableFile(path: path, reason: message(code))
  }

  /// Reads once, at most as much as `bytes` has room for; 0 at the end.
  static func readSome(
    _ descriptor: Int32, into bytes: inout [UInt8], path: String
  ) throws(CorpusError) -> Int {
    let count = readChunk(descriptor, into: &bytes, from: 0)
    guard count >= 0 else { throw failure(path, errno) }
    return count
  }

  /// Fills `bytes` with what stands at `offset`; the number of bytes, fewer at the end of the file.
  static func fill(
    _ descriptor: Int32, at offset: Int, into bytes: inout [UInt8], path: String
  ) throws(CorpusError) -> Int {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
          offset + done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure(path, errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The system's words for an error number.
  static func message(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
