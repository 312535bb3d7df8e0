// Writes a file of tokens as they come.
import Crypto

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Grows beside the file's place and takes it when it is complete, so that nobody reads half a
/// file. What is kept in memory does not grow with the text.
package final class TokenFileWriter {
  private let path: String
  private let partialPath: String
  private let descriptor: Int32
  /// Document ends wait in a file of their own, which has no name any more.
  private let endsDescriptor: Int32
  private var header: TokenFileHeader
  private var hash = SHA256()
  private var buffer: [UInt8] = []
  private var ends: [UInt8] = []
  private var isFinished = false
  private static let bufferLength = 1 << 20

  /// - Parameter tokenizer: whose ids will be written.
  /// - Throws: `CorpusError.unwritable`
  package init(path: String, tokenizer: any Tokenizer) throws(CorpusError) {
    self.path = path
    partialPath = path + ".partial"
    header = TokenFileHeader(
      vocabularySize: tokenizer.vocabularySize, tokenizerHash: tokenizer.hash)
    descriptor = unsafe open(partialPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.unwritable(partialPath) }
    let endsPath = path + ".ends"
    endsDescriptor = unsafe open(endsPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard endsDescriptor >= 0 else { throw Self.unwritable(endsPath) }
    _ = unsafe unlink(endsPath)
    buffer = [UInt8](repeating: 0, count: TokenFileHeader.byteCount)
    try flush(&buffer, to: descriptor)
  }

  deinit {
    _ = close(descriptor)
    _ = close(endsDescriptor)
    if !isFinished { _ = unsafe unlink(partialPath) }
  }

  package var tokenCount: Int { header.tokenCount }
  package var documentCount: Int { header.documentCount }

  /// Appends tokens, as `TokenBytes` packs them, with the ends of documents among them.
  /// - Parameters:
  ///   - ends: places behind a document's last token, counted from the first of these tokens.
  ///   - text: what they stand for.
  /// - Throws: `CorpusError.unwritable`
  package func append(
    _ tokens: ArraySlice<UInt8>, ends newEnds: [Int], text: (bytes: Int, characters: Int)
  ) throws(CorpusError) {
    for end in newEnds {
      let place = header.tokenCount + end
      for byte in 0..<8 { ends.append(UInt8(truncatingIfNeeded: place >> (8 * byte))) }
    }
    header.tokenCount += tokens.count / header.width
    header.documentCount += newEnds.count
    header.textByteCount += text.bytes
    header.textCharacterCount += text.characters
    buffer += tokens
    if buffer.count >= Self.bufferLength { try flushTokens() }
    if ends.count >= Self.bufferLength { try flush(&ends, to: endsDescriptor) }
  }

  private func flushTokens() throws(CorpusError) {
    hash.update(data: buffer)
    try flush(&buffer, to: descriptor)
  }

  /// Completes the file and puts it in its place.
  /// - Throws: `CorpusError.unwritable`
  package func finish() throws(CorpusError) {
    try flushTokens()
    try flush(&ends, to: endsDescriptor)
    var offset = 0
    while true {
      var block = [UInt8](repeating: 0, count: Self.bufferLength)
      let count = try TextFile.fill(endsDescriptor, at: offset, into: &block, path: path)
      if count == 0 { break }
      block.removeLast(block.count - count)
      offset += count
      hash.update(data: block)
      try flush(&block, to: descriptor)
    }
    header.contentHash = Array(hash.finalize())
    let head = header.bytes
    let written = unsafe head.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard written == head.count, fsync(descriptor) == 0, unsafe rename(partialPath, path) == 0
    else { throw Self.unwritable(path) }
    isFinished = true
  }

  private func flush(_ bytes: inout [UInt8], to descriptor: Int32) throws(CorpusError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.unwritable(partialPath) }
      done += count
    }
    bytes.removeAll(keepingCapacity: true)
  }

  private static func unwritable(_ path: String) -> CorpusError {
    .unwritable(path: path, reason: TextFile.message(errno))
  }
}
