// Reads a gzip file from beginning to end.
import CZlib

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Decompresses as it is read; several gzip members in a row are one text, with zeros behind them
/// or without.
@safe
final class GzipReader {
  private let path: String
  private let descriptor: Int32
  private let stream: UnsafeMutablePointer<z_stream>
  private var input = [UInt8](repeating: 0, count: 1 << 17)
  /// What of `input` is not yet decompressed.
  private var pending: Range<Int> = 0..<0
  private var isInsideMember = false
  private var hasMember = false
  /// Whether zlib may hold text that had no room yet.
  private var hasMore = false
  private var isOver = false

  /// - Throws: `CorpusError` where the file cannot be opened.
  init(path: String) throws(CorpusError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(path, errno) }
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe czlib_start_gunzip(stream) == Z_OK else {
      throw .unreadableFile(path: path, reason: "zlib cannot start")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    _ = close(descriptor)
  }

  /// Appends about `count` bytes to `text`; fewer only at the end of the file.
  /// - Throws: `CorpusError.unreadableFile` for one that is damaged or cut short.
  func read(_ count: Int, into text: inout [UInt8]) throws(CorpusError) {
    var wanted = count
    while wanted > 0, !isOver {
      if pending.isEmpty && !hasMore { try fill() }
      if isOver { return }
      let start = text.count
      let room = min(wanted, 1 << 18)
      text.append(contentsOf: repeatElement(0, count: room))
      let written = try inflateSome(into: &text, from: start, room)
      text.removeLast(room - written)
      wanted -= written
    }
  }

  private func fill() throws(CorpusError) {
    let count = try TextFile.readSome(descriptor, into: &input, path: path)
    pending = 0..<count
    guard count == 0 else { return }
    if isInsideMember || !hasMember { throw fault("it ends early; is it truncated?") }
    isOver = true
  }

  private func inflateSome(
    into text: inout [UInt8], from start: Int, _ room: Int
  ) throws(CorpusError) -> Int {
    if !isInsideMember {
      // Tapes and some file systems fill up with zeros behind the last member.
      if hasMember {
        let first = input[pending].firstIndex { $0 != 0 } ?? pending.upperBound
        pending = first..<pending.upperBound
      }
      if pending.isEmpty { return 0 }
      unsafe inflateReset(stream)
      isInsideMember = true
      hasMember = true
    }
    let (status, consumed, written) = unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe text.withUnsafeMutableBufferPointer { text in
        unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + pending.lowerBound }
        unsafe stream.pointee.avail_in = UInt32(pending.count)
        unsafe stream.pointee.next_out = text.baseAddress.map { unsafe $0 + start }
        unsafe stream.pointee.avail_out = UInt32(room)
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        return unsafe (
          status, pending.count - Int(stream.pointee.avail_in),
          room - Int(stream.pointee.avail_out)
        )
      }
    }
    pending = pending.lowerBound + consumed..<pending.upperBound
    hasMore = written == room && status != Z_STREAM_END
    switch status {
    case Z_STREAM_END: isInsideMember = false
    case Z_OK, Z_BUF_ERROR: break
    default: throw fault("it is not gzip, or damaged")
    }
    return written
  }

  private func fault(_ reason: String) -> CorpusError {
    .unreadableFile(path: path, reason: reason)
  }
}
