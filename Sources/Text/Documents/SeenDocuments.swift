// Which documents have been met before, by their hashes.

/// 64 bits that tell documents apart: among ten million, two different ones share them with a
/// probability of three in a million.
enum DocumentHash {
  static func hash(of text: ArraySlice<UInt8>) -> UInt64 {
    var hash = UInt64(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      var word: UInt64 = 0
      for place in index..<min(index + 8, text.endIndex) { word = word << 8 | UInt64(text[place]) }
      hash = SplitMix64.hash(hash, word)
      index += 8
    }
    return hash
  }
}

/// A set of hashes: open addressing with linear probing, 8 bytes a slot, at most two thirds full.
package struct SeenDocuments: Sendable {
  private var slots = [UInt64](repeating: 0, count: 1 << 12)
  private var count = 0

  package init() {}

  /// Whether the hash is new; from now on it is not.
  package mutating func insert(_ hash: UInt64) -> Bool {
    // 0 marks a free slot.
    guard place(max(1, hash)) else { return false }
    count += 1
    if 3 * count > 2 * slots.count { grow() }
    return true
  }

  private mutating func place(_ hash: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      if slots[slot] == hash { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = hash
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: 2 * old.count)
    for hash in old where hash != 0 { _ = place(hash) }
  }
}
