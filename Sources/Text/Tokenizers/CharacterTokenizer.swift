// One token per Unicode scalar of the training text.

/// Tokens are Unicode scalars, in order of their code points: "\r\n" is two tokens, "é" is one or
/// two, as it was written.
package struct CharacterTokenizer: Tokenizer {
  package let kind = TokenizerKind.character
  package let endOfText: Int32? = nil
  /// Code points by token id, ascending.
  let scalars: [UInt32]
  /// Token ids of U+0000…U+007F, -1 where there is none.
  private let asciiTokens: [Int32]

  /// A tokenizer of the characters that `text` contains.
  ///
  /// Throws `emptyText` and `invalidUTF8`.
  package init(text: [UInt8]) throws(TokenizerError) {
    guard !text.isEmpty else { throw .emptyText }
    var trainer = CharacterTrainer()
    try trainer.add(text[...])
    self.init(ascendingScalars: trainer.scalars)
  }

  init(ascendingScalars scalars: [UInt32]) {
    self.scalars = scalars
    var ascii = [Int32](repeating: -1, count: 0x80)
    for (token, value) in scalars.enumerated() where value < 0x80 {
      ascii[Int(value)] = Int32(token)
    }
    asciiTokens = ascii
  }

  package var vocabularySize: Int { scalars.count }

  /// Throws `invalidUTF8` and `unknownCharacter`. There are no special tokens to read.
  package func encode(
    _ text: [UInt8], specialTokens: Bool
  ) throws(TokenizerError) -> [Int32] {
    var tokens: [Int32] = []
    tokens.reserveCapacity(text.count)
    let bytes = text.span
    var offset = 0
    while offset < bytes.count {
      guard let step = UTF8Coding.scalar(in: bytes, at: offset) else {
        throw .invalidUTF8(byteOffset: offset)
      }
      let token = token(of: step.value)
      guard token >= 0 else { throw unknown(step.value, at: offset, in: text) }
      tokens.append(token)
      offset += step.length
    }
    return tokens
  }

  private func unknown(_ value: UInt32, at offset: Int, in text: [UInt8]) -> TokenizerError {
    guard let scalar = Unicode.Scalar(value) else { return .invalidUTF8(byteOffset: offset) }
    return .unknownCharacter(
      scalar, position: TextPosition(of: offset, in: text), byteOffset: offset)
  }

  /// The id of a code point, -1 where there is none.
  private func token(of value: UInt32) -> Int32 {
    if value < 0x80 { return asciiTokens[Int(value)] }
    var low = 0
    var high = scalars.count
    while low < high {
      let middle = (low + high) / 2
      if scalars[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < scalars.count && scalars[low] == value ? Int32(low) : -1
  }

  package func bytes(of token: Int32) -> [UInt8] { decode([token]) }

  package func decode(_ tokens: [Int32]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(tokens.count)
    for token in tokens { UTF8Coding.append(scalars[Int(token)], to: &text) }
    return text
  }

  package var json: String {
    var characters: [UInt8] = []
    for value in scalars { UTF8Coding.append(value, to: &characters) }
    var writer = TokenizerFile.writer(kind: kind)
    writer.member("characters")
    writer.string(characters)
    return writer.finished()
  }

  /// Reads what `json` wrote after its head.
  init(description reader: inout JSONReader) throws(TokenizerError) {
    try reader.member("characters")
    let start = reader.offset
    var text: [UInt8] = []
    try reader.string(into: &text)
    let bytes = text.span
    var scalars: [UInt32] = []
    var offset = 0
    while offset < bytes.count, let step = UTF8Coding.scalar(in: bytes, at: offset) {
      guard step.value > scalars.last ?? 0 || scalars.isEmpty else {
        throw reader.fault("the characters are not in ascending order", at: start)
      }
      scalars.append(step.value)
      offset += step.length
    }
    guard offset == bytes.count, !scalars.isEmpty else {
      throw reader.fault("the vocabulary has no characters or is not UTF-8", at: start)
    }
    self.init(ascendingScalars: scalars)
  }
}
