// Metadata of a GGUF file that must be there and of its type.

extension GGUFFile {
  private func missing(_ key: String) -> ModelFileError {
    .missing(path: path, part: key, advice: "convert the model again")
  }

  private func otherType(_ key: String, _ expected: String) -> ModelFileError {
    .malformed(path: path, reason: "\(key) is not \(expected)")
  }

  func text(_ key: String) throws(ModelFileError) -> String {
    guard let value = self[key] else { throw missing(key) }
    guard case .text(let bytes) = value, let text = String(validating: bytes, as: UTF8.self) else {
      throw otherType(key, "a text")
    }
    return text
  }

  func texts(_ key: String) throws(ModelFileError) -> [[UInt8]] {
    guard let value = self[key] else { throw missing(key) }
    switch value {
    case .texts(let texts): return texts
    // An empty list may be of any type.
    case .integers([]), .otherArray(count: 0): return []
    default: throw otherType(key, "a list of texts")
    }
  }

  /// Nil where there is none.
  func integer(_ key: String) -> Int? {
    if case .integer(let value)? = self[key] { Int(exactly: value) } else { nil }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(ModelFileError) -> Int {
    guard let value = self[key] else { throw missing(key) }
    guard case .integer(let integer) = value else { throw otherType(key, "a whole number") }
    guard let number = Int(exactly: integer), range.contains(number) else {
      throw .malformed(
        path: path,
        reason: "\(key) is \(integer), not from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func number(_ key: String) throws(ModelFileError) -> Double {
    guard let value = self[key] else { throw missing(key) }
    guard case .number(let number) = value else { throw otherType(key, "a number") }
    return number
  }
}
