// How often hashes occur, in memory that does not grow with the text.

/// Counts of 64-bit hashes. Once there are `limit` of them, only a half goes on being counted, then
/// a quarter, and so on: always those whose lowest bits are zero, so that what remains is a sample
/// that depends on neither order nor chance.
struct HashCounts {
  /// Open addressing, at most half full; 0 is a free slot.
  private var keys: [UInt64]
  private var counts: [UInt32]
  private var used = 0
  private let limit: Int
  /// Lowest bits that are zero in all hashes that are counted.
  private(set) var sampledBits = 0

  init(limit: Int) {
    precondition(limit > 0)
    self.limit = limit
    keys = Array(repeating: 0, count: 16)
    counts = Array(repeating: 0, count: 16)
  }

  /// Whether nothing was left out.
  var isComplete: Bool { sampledBits == 0 }

  /// All occurrences counted.
  var total: Int { counts.reduce(0) { $0 + Int($1) } }

  /// Occurrences counted after the first of each hash.
  var repeated: Int { total - used }

  @inline(__always)
  func isSampled(_ hash: UInt64) -> Bool { hash & (1 << UInt64(sampledBits) - 1) == 0 }

  /// Whether the hash is counted and has occurred.
  @inline(__always)
  func contains(_ hash: UInt64) -> Bool {
    isSampled(hash) && keys[slot(of: Self.key(hash))] != 0
  }

  @inline(__always)
  mutating func insert(_ hash: UInt64) {
    if isSampled(hash) { add(Self.key(hash), 1) }
  }

  /// The occurrences of a hash, where it is counted.
  subscript(hash: UInt64) -> Int {
    isSampled(hash) ? Int(counts[slot(of: Self.key(hash))]) : 0
  }

  /// Spreads the bits of a value over 64 (MurmurHash3's finalizer), so that each of them may serve.
  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var hash = value ^ value >> 33
    hash &*= 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    hash &*= 0xc4ce_b9fe_1a85_ec53
    return hash ^ hash >> 33
  }

  private static func key(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 << 63 : hash }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    // From the highest bits, because the lowest may all be zero.
    var slot = Int(truncatingIfNeeded: key >> UInt64(64 - keys.count.trailingZeroBitCount))
    while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  private mutating func add(_ key: UInt64, _ count: UInt32) {
    let slot = slot(of: key)
    counts[slot] &+= count
    if keys[slot] != 0 { return }
    keys[slot] = key
    used += 1
    while used > limit {
      sampledBits += 1
      rebuild(capacity: keys.count)
    }
    if 2 * used > keys.count { rebuild(capacity: 2 * keys.count) }
  }

  private mutating func rebuild(capacity: Int) {
    let (oldKeys, oldCounts) = (keys, counts)
    keys = Array(repeating: 0, count: capacity)
    counts = Array(repeating: 0, count: capacity)
    used = 0
    for (index, key) in oldKeys.enumerated() where key != 0 && isSampled(key) {
      let slot = slot(of: key)
      keys[slot] = key
      counts[slot] = oldCounts[index]
      used += 1
    }
  }
}
