// The merges of a byte-pair encoding, found by their two parts.

/// Two neighbouring tokens that become one.
package struct BytePairMerge: Sendable, Equatable {
  package let left: Int32
  package let right: Int32
  package let merged: Int32
}

/// Merges keyed by pairs of ids: open addressing with linear probing, at most half full.
struct MergeTable: Sendable {
  /// What a merge does: its rank in the upper 32 bits, the token it makes in the lower, so that
  /// the smaller outcome is the merge to do first.
  typealias Outcome = UInt64
  /// Larger than any outcome.
  static let none = Outcome.max

  private struct Slot {
    var pair: UInt64
    var outcome: Outcome
  }

  private var slots: [Slot]
  private let shift: UInt64

  /// An empty table with room for `count` merges.
  init(count: Int) {
    let bits = max(4, Int.bitWidth - (2 * count).leadingZeroBitCount)
    slots = Array(repeating: Slot(pair: .max, outcome: Self.none), count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// Enters a merge; false if its two parts have one already.
  mutating func insert(_ merge: BytePairMerge, rank: Int) -> Bool {
    let pair = Self.pair(merge.left, merge.right)
    var slot = home(of: pair)
    while slots[slot].pair != .max {
      if slots[slot].pair == pair { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    let outcome = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.merged))
    slots[slot] = Slot(pair: pair, outcome: outcome)
    return true
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Fibonacci hashing: the upper bits of a product with 2^64 / φ, after the halves are mixed.
  @inline(__always)
  private func home(of pair: UInt64) -> Int {
    Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }

  /// What becomes of `left` and `right`, `none` if they stay apart.
  @inline(__always)
  func outcome(of left: Int32, _ right: Int32) -> Outcome {
    let pair = Self.pair(left, right)
    var slot = home(of: pair)
    while true {
      let found = slots[slot]
      if found.pair == pair { return found.outcome }
      if found.pair == .max { return Self.none }
      slot = (slot + 1) & (slots.count - 1)
    }
  }

  /// The token that an outcome makes.
  @inline(__always)
  static func token(of outcome: Outcome) -> Int32 { Int32(truncatingIfNeeded: outcome) }
}
