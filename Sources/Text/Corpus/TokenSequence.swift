// Token ids in memory, two bytes each where they fit.

/// The tokens of a text: half the memory of `[Int32]` for vocabularies up to 65,536.
package struct TokenSequence: Sendable, Equatable {
  private enum Storage: Sendable, Equatable {
    case narrow([UInt16])
    case wide([Int32])
  }

  private let storage: Storage

  /// Precondition: `tokens` lie in 0..<`vocabularySize`.
  package init(_ tokens: [Int32], vocabularySize: Int) {
    precondition(
      tokens.allSatisfy { $0 >= 0 && Int($0) < vocabularySize },
      "a token lies outside the vocabulary of \(vocabularySize)")
    storage =
      vocabularySize <= 1 << 16
      ? .narrow(tokens.map { UInt16(truncatingIfNeeded: $0) }) : .wide(tokens)
  }

  package var count: Int {
    switch storage {
    case .narrow(let tokens): tokens.count
    case .wide(let tokens): tokens.count
    }
  }

  package subscript(index: Int) -> Int32 {
    switch storage {
    case .narrow(let tokens): Int32(tokens[index])
    case .wide(let tokens): tokens[index]
    }
  }

  /// Overwrites `target[start...]` by the tokens of `range`; allocates nothing.
  package func copy(_ range: Range<Int>, into target: inout [Int32], at start: Int) {
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
    }
  }

  /// For sending to another process: the width of a token in bytes, then the tokens, little-endian.
  package var bytes: [UInt8] {
    switch storage {
    case .narrow(let tokens): Self.bytes(of: tokens)
    case .wide(let tokens): Self.bytes(of: tokens)
    }
  }

  /// Reads what `bytes` gave.
  /// - Throws: `CorpusError.malformedTokens`
  package init(bytes: [UInt8]) throws(CorpusError) {
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
