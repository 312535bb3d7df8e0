// Files of any size, block by block.
import Reporting
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a file in blocks that end after a line break, so that no line is cut.
struct BlockReader: ~Copyable {
  /// The name that stands for standard input.
  static let standardInput = "-"

  private let path: String
  private let descriptor: Int32
  private let blockSize: Int
  private var rest: [UInt8] = []
  private var isAtEnd = false

  /// - Throws: `CorpusError`
  init(_ path: String, blockSize: Int = 1 << 22) throws(CorpusError) {
    self.path = path
    self.blockSize = blockSize
    guard path != Self.standardInput else {
      descriptor = STDIN_FILENO
      return
    }
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw .missingFile(path: path) }
      throw .unreadableFile(path: path, reason: Self.message(errno))
    }
  }

  deinit { if descriptor != STDIN_FILENO { _ = close(descriptor) } }

  /// Bytes of a file; 0 for what has no size, such as a pipe.
  var size: Int {
    var status = stat()
    let isKnown = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    return isKnown ? Int(status.st_size) : 0
  }

  /// The next block, nil at the end. A line longer than a block makes a longer block.
  /// - Throws: `CorpusError`
  mutating func next() throws(CorpusError) -> [UInt8]? {
    while !isAtEnd {
      let start = rest.count
      rest.append(contentsOf: repeatElement(0, count: blockSize))
      let count = readBlock(from: start)
      guard count >= 0 else {
        if errno == EISDIR { throw .isDirectory(path: path) }
        throw .unreadableFile(path: path, reason: Self.message(errno))
      }
      rest.removeLast(blockSize - count)
      if count == 0 { isAtEnd = true }
      let new = rest[start...]
      guard let line = new.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      let block = Array(rest[...line])
      rest.removeSubrange(...line)
      return block
    }
    defer { rest = [] }
    return rest.isEmpty ? nil : rest
  }

  /// The number of bytes read to `start`, 0 at the end, -1 on failure.
  private mutating func readBlock(from start: Int) -> Int {
    let descriptor = descriptor
    return unsafe rest.withUnsafeMutableBytes { buffer in
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...])
      while true {
        let count = unsafe read(descriptor, room.baseAddress, room.count)
        if count >= 0 { return count }
        let waits =
          errno == EINTR || (errno == EAGAIN && SystemFile.wait(for: POLLIN, on: descriptor))
        if !waits { return count }
      }
    }
  }

  private static func message(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
