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
  private let file: PartialFile
  /// Document ends wait in a file of their own, which has no name any more.
  private let endsDescriptor: Int32
  private var header: TokenFileHeader
  private var hash = SHA256()
  private var buffer: [UInt8] = []
  private var ends: [UInt8] = []
  private var isComplete = false
  private static let bufferLength = 1 << 20

  /// - Parameter tokenizer: whose ids will be written.
  /// - Throws: `CorpusError.unwritable`
  package init(path: String, tokenizer: any Tokenizer) throws(CorpusError) {
    self.path = path
    header = TokenFileHeader(
      vocabularySize: tokenizer.vocabularySize, tokenizerHash: tokenizer.hash)
    file = try PartialFile(path: path)
    let endsPath = path + ".ends"
    endsDescriptor = unsafe open(endsPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard endsDescriptor >= 0 else { throw PartialFile.unwritable(endsPath) }
    _ = unsafe unlink(endsPath)
    try file.append([UInt8](repeating: 0, count: TokenFileHeader.byteCount))
  }

  deinit { _ = close(endsDescriptor) }

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
    if ends.count >= Self.bufferLength { try flushEnds() }
  }

  private func flushTokens() throws(CorpusError) {
    hash.update(data: buffer)
    try file.append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func flushEnds() throws(CorpusError) {
    try PartialFile.append(ends, to: endsDescriptor, path: path + ".ends")
    ends.removeAll(keepingCapacity: true)
  }

  /// Writes all that is missing, beside the file's place still: what needs room on the disk is done
  /// after it.
  /// - Throws: `CorpusError.unwritable`
  package func complete() throws(CorpusError) {
    if isComplete { return }
    try flushTokens()
    try flushEnds()
    var offset = 0
    while true {
      var block = [UInt8](repeating: 0, count: Self.bufferLength)
      let count = try TextFile.fill(endsDescriptor, at: offset, into: &block, path: path)
      if count == 0 { break }
      block.removeLast(block.count - count)
      offset += count
      hash.update(data: block)
      try file.append(block)
    }
    header.contentHash = Array(hash.finalize())
    try file.overwriteStart(with: header.bytes)
    try file.sync()
    isComplete = true
  }

  /// Completes the file and puts it in its place.
  /// - Throws: `CorpusError.unwritable`
  package func finish() throws(CorpusError) {
    try complete()
    try file.takePlace()
  }
}
