// The tokens of a text: in memory, two bytes each where they fit, or in a mapped file.

/// The tokens of a text and where its documents end.
package struct TokenSequence: Sendable, Equatable {
  private enum Storage: Sendable, Equatable {
    case narrow([UInt16])
    case wide([Int32])
    case mapped(TokenFile)
  }

  private let storage: Storage
  /// Those of a mapped file stay there.
  private let documentEnds: [Int]
  /// Bytes of the text that was tokenized, where known.
  package private(set) var textByteCount: Int?

  /// - Parameter documentEnds: places behind a document's last token, ascending.
  ///   Precondition: `tokens` lie in 0..<`vocabularySize`.
  package init(_ tokens: [Int32], documentEnds: [Int] = [], vocabularySize: Int) {
    precondition(
      tokens.allSatisfy { $0 >= 0 && Int($0) < vocabularySize },
      "a token lies outside the vocabulary of \(vocabularySize)")
    storage =
      TokenBytes.width(vocabularySize: vocabularySize) == MemoryLayout<UInt16>.size
      ? .narrow(tokens.map { UInt16(truncatingIfNeeded: $0) }) : .wide(tokens)
    self.documentEnds = documentEnds
  }

  package init(_ file: TokenFile) {
    self.init(.mapped(file), [])
    textByteCount = file.header.textByteCount
  }

  private init(_ storage: Storage, _ documentEnds: [Int]) {
    self.storage = storage
    self.documentEnds = documentEnds
  }

  /// The file that the tokens are in, if they are.
  package var file: TokenFile? {
    if case .mapped(let file) = storage { return file }
    return nil
  }

  package var count: Int {
    switch storage {
    case .narrow(let tokens): tokens.count
    case .wide(let tokens): tokens.count
    case .mapped(let file): file.count
    }
  }

  package var documentCount: Int { file?.header.documentCount ?? documentEnds.count }

  /// Where document `index` ends, in tokens.
  package func documentEnd(_ index: Int) -> Int {
    file?.documentEnd(index) ?? documentEnds[index]
  }

  package subscript(index: Int) -> Int32 {
    switch storage {
    case .narrow(let tokens): Int32(tokens[index])
    case .wide(let tokens): tokens[index]
    case .mapped(let file): file[index]
    }
  }

  /// Overwrites `target[start...]` by the tokens of `range`; allocates nothing.
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  package func copy(
    _ range: Range<Int>, into target: inout [Int32], at start: Int
  ) throws(CorpusError) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count && start >= 0
        && start + range.count <= target.count,
      "tokens \(range) of \(count) do not fit at \(start) of \(target.count)")
    switch storage {
    case .narrow(let tokens):
      for offset in 0..<range.count {
        target[start + offset] = Int32(tokens[range.lowerBound + offset])
      }
    case .wide(let tokens):
      for offset in 0..<range.count { target[start + offset] = tokens[range.lowerBound + offset] }
    case .mapped(let file): try file.copy(range, into: &target, at: start)
    }
  }

  /// The tokens of a text that was encoded in one go.
  package init(_ encoded: EncodedSegment, vocabularySize: Int) {
    documentEnds = encoded.ends
    textByteCount = encoded.byteCount
    let width = TokenBytes.width(vocabularySize: vocabularySize)
    storage =
      width == MemoryLayout<UInt16>.size
      ? .narrow(TokenBytes.integers(encoded.tokens[...]))
      : .wide(TokenBytes.integers(encoded.tokens[...]))
  }

  /// For sending to another process: the width of a token in bytes, the number of documents and
  /// where they end in 8 bytes each, then the tokens, all little-endian; of a mapped file 0, its
  /// head and its path.
  package var bytes: [UInt8] {
    switch storage {
    case .narrow(let tokens): head(width: 2) + TokenBytes.bytes(of: tokens)
    case .wide(let tokens): head(width: 4) + TokenBytes.bytes(of: tokens)
    case .mapped(let file): [0] + file.header.bytes + Array(file.path.utf8)
    }
  }

  private func head(width: UInt8) -> [UInt8] {
    [width] + TokenBytes.bytes(of: [documentEnds.count] + documentEnds)
  }

  /// Reads what `bytes` gave; maps a file anew.
  /// - Throws: `CorpusError.malformedTokens`, or what keeps the file from being mapped.
  package init(bytes: [UInt8]) throws(CorpusError) {
    guard let kind = bytes.first else { throw .malformedTokens(reason: "there are no bytes") }
    if kind == 0 {
      let head = bytes.dropFirst().prefix(TokenFileHeader.byteCount)
      let file = try TokenFile(
        path: String(decoding: bytes.dropFirst(1 + head.count), as: UTF8.self))
      guard head.elementsEqual(file.header.bytes) else {
        throw .badTokenFile(
          path: file.path, reason: "it is not the file that rank 0 has there; copy it anew")
      }
      self.init(file)
      return
    }
    guard kind == 2 || kind == 4 else {
      throw .malformedTokens(reason: "the first byte is not a token's width")
    }
    let count = bytes.count >= 9 ? TokenBytes.integers(bytes[1..<9])[0] : -1
    guard count >= 0, count <= (bytes.count - 9) / 8 else {
      throw .malformedTokens(reason: "the documents do not fit")
    }
    let start = 9 + 8 * count
    let ends: [Int] = TokenBytes.integers(bytes[9..<start])
    guard (bytes.count - start).isMultiple(of: Int(kind)) else {
      throw .malformedTokens(
        reason: "\(bytes.count - start) bytes are not whole tokens of \(kind)")
    }
    if kind == 2 {
      self.init(.narrow(TokenBytes.integers(bytes[start...])), ends)
      return
    }
    let tokens: [Int32] = TokenBytes.integers(bytes[start...])
    guard tokens.allSatisfy({ $0 >= 0 }) else {
      throw .malformedTokens(reason: "a token is negative")
    }
    self.init(.wide(tokens), ends)
  }
}
