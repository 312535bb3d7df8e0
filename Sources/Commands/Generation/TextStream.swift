// Text on standard output as it comes, never half a character.

/// Tokens may end inside a character: its first bytes wait for the rest. What no rest can make a
/// character of becomes U+FFFD, so that whoever reads the output reads UTF-8.
package struct TextStream {
  private var waiting: [UInt8] = []
  /// Whether something stands in the line that is being written.
  private var isInLine = false

  package init() {}

  /// - Throws: `OutputError`
  mutating func write(_ bytes: [UInt8]) throws(OutputError) {
    let shown = pass(bytes)
    try StandardOutput.write(shown[...])
    isInLine = shown.last.map { $0 != UInt8(ascii: "\n") } ?? isInLine
  }

  /// Writes what still waits, and ends the line.
  mutating func finish() throws(OutputError) {
    try write(rest() + [UInt8(ascii: "\n")])
  }

  /// As `finish`, where the text could not go on: an error's line does not stand in the text's.
  mutating func breakOff() throws(OutputError) {
    if isInLine || !waiting.isEmpty { try finish() }
  }

  /// What can be shown now that `bytes` have come.
  package mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
    waiting += bytes
    let whole = waiting.count - Self.incompleteCount(waiting)
    defer { waiting.removeFirst(whole) }
    return Self.valid(waiting.prefix(whole))
  }

  /// What is to be shown although nothing more comes.
  package mutating func rest() -> [UInt8] {
    defer { waiting = [] }
    return Self.valid(waiting[...])
  }

  private static func valid(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// Bytes at the end that begin a UTF-8 character without ending it.
  private static func incompleteCount(_ bytes: [UInt8]) -> Int {
    for (back, byte) in bytes.reversed().prefix(3).enumerated() where byte & 0xc0 != 0x80 {
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return back + 1 < length ? back + 1 : 0
    }
    return 0
  }
}
