// Text on standard output as it comes, never half a character.

/// Tokens may end inside a character: its first bytes wait for the rest.
struct TextStream {
  private var waiting: [UInt8] = []

  /// - Throws: `OutputError`
  mutating func write(_ bytes: [UInt8]) throws(OutputError) {
    waiting += bytes
    let whole = waiting.count - Self.incompleteCount(waiting)
    try StandardOutput.write(waiting.prefix(whole))
    waiting.removeFirst(whole)
  }

  /// Writes what still waits, and ends the line.
  mutating func finish() throws(OutputError) {
    let last = waiting + [UInt8(ascii: "\n")]
    waiting = []
    try StandardOutput.write(last[...])
  }

  /// Bytes at the end that begin a UTF-8 character without ending it.
  static func incompleteCount(_ bytes: [UInt8]) -> Int {
    for (back, byte) in bytes.reversed().prefix(3).enumerated() where byte & 0xc0 != 0x80 {
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return back + 1 < length ? back + 1 : 0
    }
    return 0
  }
}
