// Token files of other trainers.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file of tokens as nanoGPT (data/*/prepare.py) or llm.c (dev/data/data_common.py) write them.
package struct ImportedTokens: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    /// Nothing but 16-bit ids; a marker ends each document.
    case nanoGPT = "nanogpt"
    /// 256 words of 32 bits, the first three of which are a magic number, a version and the number
    /// of tokens; then ids of 16 bits (magic 20240520, version 1) or of 32 bits (magic 20240801,
    /// version 7). A marker begins each document.
    case llmC = "llmc"
  }

  package let path: String
  package let format: Format
  private let width: Int
  private let start: Int
  private let count: Int

  private static let headByteCount = 1_024
  private static let magics: [UInt32: (version: UInt32, width: Int)] = [
    20_240_520: (1, 2), 20_240_801: (7, 4),
  ]

  /// Finds out the format.
  /// - Throws: `CorpusError`
  package init(path: String) throws(CorpusError) {
    let file = try InputFile(path: path)
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(path, errno) }
    defer { _ = close(descriptor) }
    var head = [UInt8](repeating: 0, count: Self.headByteCount)
    let headCount = try TextFile.fill(descriptor, at: 0, into: &head, path: path)
    let words: [UInt32] = TokenBytes.integers(head[..<headCount])
    if let magic = words.first, let known = Self.magics[magic], words.count > 2 {
      guard words[1] == known.version else {
        throw .badTokenFile(
          path: path, reason: "a token file of llm.c, but of version \(words[1]), not known here")
      }
      guard headCount == Self.headByteCount else {
        throw .badTokenFile(
          path: path,
          reason: "a token file of llm.c whose head is cut off: it has \(headCount) of "
            + "\(Self.headByteCount) bytes")
      }
      format = .llmC
      width = known.width
      start = Self.headByteCount
      count = Int(words[2])
    } else {
      if Self.isText(head[..<headCount]) {
        throw .badTokenFile(path: path, reason: "this is text, no tokens; use trainer data prepare")
      }
      format = .nanoGPT
      width = 2
      start = 0
      count = file.byteCount / 2
    }
    guard file.byteCount > 0 else {
      throw .badTokenFile(path: path, reason: "it is empty; is it truncated?")
    }
    guard file.byteCount == start + count * width, count > 0 else {
      throw .badTokenFile(
        path: path,
        reason: "it has \(file.byteCount) bytes where \(start + count * width) should be; "
          + "is it truncated, or no file of tokens?")
    }
  }

  /// Whether a file begins as texts do: with UTF-8 and no control characters but line ends, tabs and
  /// form feeds. Ids below 256, which every text has, bring NUL bytes.
  private static func isText(_ head: ArraySlice<UInt8>) -> Bool {
    let whitespace = [0x09, 0x0a, 0x0c, 0x0d] as [UInt8]
    guard !head.isEmpty, head.allSatisfy({ $0 >= 0x20 || whitespace.contains($0) }) else {
      return false
    }
    guard let invalid = UTF8Coding.firstInvalidByte(of: head) else { return true }
    // The last character may be cut off.
    return head.count == headByteCount && head.count - invalid < 4
  }

  /// Copies the tokens into a token file.
  /// - Throws: `CorpusError.tokenOutOfRange` for ids that the tokenizer does not have.
  package func copy(
    into writer: TokenFileWriter, _ tokenizer: any Tokenizer
  ) throws(CorpusError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(path, errno) }
    defer { _ = close(descriptor) }
    let byteCounts = (0..<Int32(tokenizer.vocabularySize)).map {
      $0 == tokenizer.endOfText ? 0 : tokenizer.bytes(of: $0).count
    }
    let blockCount = 1 << 19
    for first in stride(from: 0, to: count, by: blockCount) {
      var block = [UInt8](repeating: 0, count: min(blockCount, count - first) * width)
      let read = try TextFile.fill(
        descriptor, at: start + first * width, into: &block, path: path)
      guard read == block.count else {
        throw .badTokenFile(path: path, reason: "it became shorter while it was read")
      }
      let tokens: [UInt32] =
        width == 2
        ? (TokenBytes.integers(block[...]) as [UInt16]).map { UInt32($0) }
        : TokenBytes.integers(block[...])
      var ends: [Int] = []
      var byteCount = 0
      for (index, token) in tokens.enumerated() {
        guard token < byteCounts.count else {
          throw .tokenOutOfRange(
            path: path, index: first + index, token: Int(token),
            vocabularySize: tokenizer.vocabularySize)
        }
        byteCount += byteCounts[Int(token)]
        guard let end = tokenizer.endOfText, token == end else { continue }
        switch format {
        case .nanoGPT: ends.append(index + 1)
        // The first marker of the file ends nothing.
        case .llmC: if first + index > 0 { ends.append(index) }
        }
      }
      if first + blockCount >= count && ends.last != tokens.count { ends.append(tokens.count) }
      try writer.append(
        TokenBytes.packed(
          tokens.map { Int32(bitPattern: $0) }, vocabularySize: tokenizer.vocabularySize)[...],
        ends: ends, text: (byteCount, 0))
    }
  }
}
