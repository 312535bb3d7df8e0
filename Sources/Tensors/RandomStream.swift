// Random numbers as a pure function of (seed, stream, index): no state to save, no order to keep.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A counter-based generator: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011).
///
/// Every number depends on the seed, the stream and its index only, so that ranks, threads and a
/// resumed run draw the same ones without exchanging anything.
package struct RandomStream: Sendable {
  private let key: SIMD2<UInt32>
  private let stream: UInt64

  /// - Parameter stream: tells independent uses of one seed apart.
  package init(seed: UInt64, stream: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
  }

  /// A stream named by a text, such as a parameter's name (FNV-1a of its UTF-8).
  package init(seed: UInt64, name: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    self.init(seed: seed, stream: hash)
  }

  /// The four 32-bit words of one counter value.
  package func block(_ counter: UInt64) -> SIMD4<UInt32> {
    var x = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var key = self.key
    for _ in 0..<10 {
      let first = UInt64(x[0]) * 0xd251_1f53
      let second = UInt64(x[2]) * 0xcd9e_8d57
      x = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ x[1] ^ key[0],
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ x[3] ^ key[1],
        UInt32(truncatingIfNeeded: first))
      key &+= SIMD2(0x9e37_79b9, 0xbb67_ae85)
    }
    return x
  }

  /// 64 random bits.
  package func bits(_ index: UInt64) -> UInt64 {
    let words = block(index)
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }

  /// Uniform in [0, 1), with 53 random bits.
  package func uniform(_ index: UInt64) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound, without bias that matters: 2^64 / bound is cut by multiplication.
  package func integer(_ index: UInt64, below bound: Int) -> Int {
    precondition(bound > 0, "no integer lies below \(bound)")
    return Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Standard normal by Box and Muller.
  package func normal(_ index: UInt64) -> Float { normals(index / 4)[Int(index % 4)] }

  /// The normal numbers of the indices 4 · counter to 4 · counter + 3, which share one block:
  /// less than half the time that they take one by one.
  package func normals(_ counter: UInt64) -> SIMD4<Float> {
    let words = block(counter)
    let first = Self.normalPair(words[0], words[1])
    let second = Self.normalPair(words[2], words[3])
    return SIMD4(lowHalf: first, highHalf: second)
  }

  private static func normalPair(_ first: UInt32, _ second: UInt32) -> SIMD2<Float> {
    // (0, 1]: the logarithm of zero must not be asked for.
    let radius = (-2 * log((Double(first) + 1) * 0x1p-32)).squareRoot()
    let angle = 2 * Double.pi * Double(second) * 0x1p-32
    return SIMD2(Float(radius * cos(angle)), Float(radius * sin(angle)))
  }
}
