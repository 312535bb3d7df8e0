// Random bits for the room: a mixing function, and a generator made of it.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
/// 2014): the state is a counter, so that the `i`-th number can also be asked for directly.
struct SplitMix64: Sendable {
  private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator for one use of a seed; different `stream`s of one seed are independent.
  init(seed: UInt64, stream: UInt64) {
    state = Self.hash(seed, stream)
  }

  /// 64 random bits.
  mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// Uniform in 0..<bound; the bias is below bound / 2^64.
  mutating func next(below bound: Int) -> Int { Self.scale(next(), below: bound) }

  /// 64 bits that depend on every bit of both arguments.
  static func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
    mix(mix(first &+ increment) &+ (second &* increment))
  }

  /// Random `bits` as a number in 0..<bound. Precondition: `bound` is positive.
  static func scale(_ bits: UInt64, below bound: Int) -> Int {
    precondition(bound > 0, "no integer lies below \(bound)")
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
