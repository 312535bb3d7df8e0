// Characters of a text as they come, and which of them nobody sees.

/// What a character does to who reads or learns it.
enum CharacterClass {
  case visible
  case tab
  /// C0 and C1 control characters other than tab and line ends.
  case control
  /// Format characters without width: soft hyphen, zero-width and bidirectional marks, byte order
  /// mark.
  case invisible
  /// U+FFFD, which stands where invalid bytes were.
  case replacement

  init(_ value: UInt32) {
    switch value {
    case 0x20..<0x7f, 0x0a, 0x0d: self = .visible
    case 0x09: self = .tab
    case ..<0xa0: self = .control
    case 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff:
      self = .invisible
    case 0xfffd: self = .replacement
    default: self = .visible
    }
  }
}

/// Code points from valid UTF-8, byte by byte; malformed bytes give some code point, or none.
struct ScalarDecoder {
  private var value: UInt32 = 0
  private var missing = 0

  /// The character that `byte` completes, if it does.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> UInt32? {
    if byte < 0x80 {
      missing = 0
      return UInt32(byte)
    }
    if byte < 0xc0 {
      guard missing > 0 else { return nil }
      value = value << 6 | UInt32(byte & 0x3f)
      missing -= 1
      return missing == 0 ? value : nil
    }
    missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
    value = UInt32(byte) & (0x3f >> UInt32(missing))
    return nil
  }
}
