// The bytes of all tokens, by id and back.

/// Byte strings in one block, numbered from 0.
struct TokenTable: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init() {}

  init(_ tokens: some Sequence<[UInt8]>) {
    for token in tokens { append(token) }
  }

  var count: Int { ends.count }

  mutating func append(_ token: some Collection<UInt8>) {
    bytes.append(contentsOf: token)
    ends.append(bytes.count)
  }

  mutating func append(_ text: Span<UInt8>, from start: Int, to end: Int) {
    for index in start..<end { bytes.append(text[index]) }
    ends.append(bytes.count)
  }

  subscript(token: Int32) -> ArraySlice<UInt8> {
    let index = Int(token)
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Whether a token has these bytes.
  func holds(_ token: Int32, _ text: Span<UInt8>) -> Bool {
    holds(token, text, from: 0, to: text.count)
  }

  /// Whether a token has the bytes `text[start..<end]`.
  func holds(_ token: Int32, _ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
    let first = token == 0 ? 0 : ends[Int(token) - 1]
    guard ends[Int(token)] - first == end - start else { return false }
    for index in start..<end where bytes[first + index - start] != text[index] { return false }
    return true
  }
}

/// Finds tokens by their bytes: open addressing with linear probing, at most half full.
struct TokenIndex: Sendable {
  private var slots: [Int32]
  private let mask: Int

  /// An empty index with room for `count` tokens.
  init(count: Int) {
    var size = 16
    while size < 2 * count { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    mask = size - 1
  }

  /// Enters a token of `table`; returns the token that already has these bytes, if any.
  mutating func insert(_ token: Int32, of table: TokenTable) -> Int32? {
    let slot = slot(of: table[token].span, in: table)
    if slots[slot] >= 0 { return slots[slot] }
    slots[slot] = token
    return nil
  }

  func token(of bytes: ArraySlice<UInt8>, in table: TokenTable) -> Int32? {
    token(of: bytes.span, in: table)
  }

  func token(of bytes: Span<UInt8>, in table: TokenTable) -> Int32? {
    let token = slots[slot(of: bytes, in: table)]
    return token >= 0 ? token : nil
  }

  /// The slot that holds `bytes`, or the free one where they belong.
  private func slot(of bytes: Span<UInt8>, in table: TokenTable) -> Int {
    // FNV-1a
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01b3 }
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] >= 0, !table.holds(slots[slot], bytes) { slot = (slot + 1) & mask }
    return slot
  }
}
