// The tokens of short pieces met before.

/// A direct-mapped cache: a piece has one slot, and the last piece that came there holds it. Its
/// size is fixed, and a look-up costs one cache line.
struct PieceCache: Sendable {
  /// A piece of up to 15 bytes, padded with zeros; the last byte is its length, so that no key is
  /// zero.
  struct Key: Equatable {
    static let longest = 15
    private var low: UInt64
    private var high: UInt64

    fileprivate static let free = Key(low: 0, high: 0)

    private init(low: UInt64, high: UInt64) {
      self.low = low
      self.high = high
    }

    /// - Precondition: 1 to `longest` bytes.
    @inline(__always)
    init(_ text: Span<UInt8>, from start: Int, count: Int) {
      low = 0
      high = 0
      if start + 16 <= text.count {
        let bytes = unsafe text.bytes
        // Loads of integers are checked against the span's bounds; every bit pattern is valid.
        low = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
        high = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
        low = low.littleEndian
        high = high.littleEndian
        if count < 8 {
          low &= 1 << UInt64(8 * count) &- 1
          high = 0
        } else {
          high &= 1 << UInt64(8 * count - 64) &- 1
        }
      } else {
        for index in 0..<min(count, 8) { low |= UInt64(text[start + index]) << UInt64(8 * index) }
        for index in 8..<max(count, 8) {
          high |= UInt64(text[start + index]) << UInt64(8 * index - 64)
        }
      }
      high |= UInt64(count) << 56
    }

    @inline(__always)
    fileprivate var slot: Int {
      let mixed = (low ^ high &* 0xff51_afd7_ed55_8ccd) &* 0x9e37_79b9_7f4a_7c15
      return Int(truncatingIfNeeded: mixed >> UInt64(64 - PieceCache.bits))
    }
  }

  /// The tokens of one piece; longer results are not kept.
  private typealias Tokens = InlineArray<7, Int32>
  private static let bits = 15

  private struct Slot {
    var key = Key.free
    var count: Int32 = 0
    var tokens = Tokens(repeating: 0)
  }

  private var slots = [Slot](repeating: Slot(), count: 1 << bits)

  /// Appends the tokens of the piece; false if it is not here.
  @inline(__always)
  func append(_ key: Key, to tokens: inout [Int32]) -> Bool {
    let slot = slots[key.slot]
    guard slot.key == key else { return false }
    tokens.append(slot.tokens[0])
    for index in 1..<max(1, Int(slot.count)) { tokens.append(slot.tokens[index]) }
    return true
  }

  /// Keeps the tokens of a piece, of which there is at least one.
  mutating func keep(_ tokens: ArraySlice<Int32>, for key: Key) {
    guard tokens.count <= Tokens.count else { return }
    var slot = Slot(key: key, count: Int32(tokens.count))
    for (index, token) in tokens.enumerated() { slot.tokens[index] = token }
    slots[key.slot] = slot
  }
}
