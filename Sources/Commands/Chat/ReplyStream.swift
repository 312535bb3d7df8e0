// A reply as it comes, without the blanks around it.

/// Drops white space before a text, and holds it back after it until the text goes on.
package struct ReplyStream {
  private var held: [UInt8] = []
  /// What has been passed on.
  package private(set) var text: [UInt8] = []

  package init() {}

  /// What can be shown now that `bytes` have come.
  package mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
    let all = held + bytes
    let start = text.isEmpty ? all.firstIndex { !Self.isBlank($0) } ?? all.endIndex : 0
    let end = all.lastIndex { !Self.isBlank($0) }.map { $0 + 1 } ?? start
    held = Array(all[end...])
    text += all[start..<end]
    return Array(all[start..<end])
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
  }
}
