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
    storage = .mapped(file)
    documentEnds = []
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

  /// For sending to another process: the width of a token in bytes, then the tokens, little-endian.
  package var bytes: [UInt8] {
    switch storage {
    case .narrow(let tokens): Self.bytes(of: tokens)
    case .wide(let tokens): Self.bytes(of: tokens)
    case .mapped: preconditionFailure("a mapped file is not sent: every rank maps it")
    }
  }

  /// Reads what `bytes` gave.
  /// - Throws: `CorpusError.malformedTokens`
  package init(bytes: [UInt8]) throws(CorpusError) {
    documentEnds = []
    let payload = bytes.dropFirst()
    switch bytes.first {
    case UInt8(MemoryLayout<UInt16>.size): storage = .narrow(try Self.integers(in: payload))
    case UInt8(MemoryLayout<Int32>.size):
      let tokens: [Int32] = try Self.integers(in: payload)
      guard tokens.allSatisfy({ $0 >= 0 }) else {
        throw .malformedTokens(reason: "a token is negative")
      }
      storage = .wide(tokens)
    default: throw .malformedTokens(reason: "the first byte is not a token's width")
    }
  }

  private static func bytes<T: FixedWidthInteger>(of tokens: [T]) -> [UInt8] {
    let width = MemoryLayout<T>.size
    var bytes = [UInt8](repeating: UInt8(width), count: 1 + tokens.count * width)
    for (index, token) in tokens.enumerated() {
      for byte in 0..<width {
        bytes[1 + index * width + byte] = UInt8(truncatingIfNeeded: token >> (8 * byte))
      }
    }
    return bytes
  }

  private static func integers<T: FixedWidthInteger>(
    in payload: ArraySlice<UInt8>
  ) throws(CorpusError) -> [T] {
    let width = MemoryLayout<T>.size
    guard payload.count.isMultiple(of: width) else {
      throw .malformedTokens(reason: "\(payload.count) bytes are not whole tokens of \(width)")
    }
    return (0..<payload.count / width).map { index in
      (0..<width).reduce(0) { token, byte in
        token | T(truncatingIfNeeded: payload[payload.startIndex + index * width + byte])
          << (8 * byte)
      }
    }
  }
}
