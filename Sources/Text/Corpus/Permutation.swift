// A shuffle that needs no memory: the place of any element is computed on its own.

/// A pseudo-random permutation of 0..<count, a pure function of (seed, epoch).
///
/// A balanced Feistel network permutes the next larger even power of two; an image outside
/// 0..<count is permuted again until it lies inside ("cycle walking": Black and Rogaway, "Ciphers
/// with arbitrary finite domains", CT-RSA 2002), fewer than four times on average for all but tiny
/// counts.
package struct Permutation: Sendable {
  package let count: Int
  private let halfBits: UInt64
  private let key: UInt64

  /// Six rounds; four already give a good shuffle (Luby and Rackoff, 1988) for wide halves.
  private static let roundCount: UInt64 = 6
  /// Narrower halves leave too few round functions to choose from.
  private static let minimumHalfBits = 4

  package init(count: Int, seed: UInt64, epoch: Int) {
    precondition(count > 0, "nothing to permute")
    self.count = count
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    halfBits = UInt64(max((bits + 1) / 2, Self.minimumHalfBits))
    key = SplitMix64.hash(seed, UInt64(truncatingIfNeeded: epoch))
  }

  /// Where element `index` goes.
  package subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
    var value = UInt64(index)
    repeat { value = permute(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permute(_ value: UInt64) -> UInt64 {
    let mask: UInt64 = (1 << halfBits) - 1
    var left = value >> halfBits
    var right = value & mask
    for round in 0..<Self.roundCount {
      let mixed = SplitMix64.hash(key &+ round, right) >> (64 - halfBits)
      (left, right) = (right, left ^ mixed)
    }
    return left << halfBits | right
  }
}
