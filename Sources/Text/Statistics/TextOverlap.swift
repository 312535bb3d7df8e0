// How much of a validation text a training text holds: what a model can have learned by heart.

/// The share of the validation text's windows of 50 characters that occur in the training text too.
///
/// 50 characters is the length of a match in the GPT-4 technical report (OpenAI 2023, appendix C);
/// there it is sought without spaces and symbols, here in the text as it is. All of the validation
/// text comes first, then the training text, both in chunks that may end anywhere. Memory is
/// bounded: of a long validation text a sample of the windows is sought.
package struct TextOverlap: Sendable {
  /// Characters (Unicode scalars) of a window.
  package static let windowLength = 50
  /// Hashes of windows: at most 48 MB, and as much again while they grow.
  package static let hashLimit = 1 << 21

  private var windows: HashCounts
  private var found: HashCounts
  private var rolling = RollingHash()
  private var isTraining = false

  /// - Parameter hashLimit: above so many hashes, a sample of them stands for all.
  package init(hashLimit: Int = Self.hashLimit) {
    windows = HashCounts(limit: hashLimit)
    found = HashCounts(limit: hashLimit)
  }

  /// Precondition: no training text has been added.
  package mutating func addValidation(_ bytes: ArraySlice<UInt8>) {
    precondition(!isTraining, "the validation text comes first")
    for byte in bytes {
      if let hash = rolling.take(byte) { windows.insert(hash) }
    }
  }

  package mutating func addTraining(_ bytes: ArraySlice<UInt8>) {
    if !isTraining {
      rolling = RollingHash()
      isTraining = true
    }
    for byte in bytes {
      if let hash = rolling.take(byte), windows.contains(hash), found[hash] == 0 {
        found.insert(hash)
        foundCount += windows[hash]
      }
    }
  }

  /// No window reaches over the end of a document.
  package mutating func endDocument() { rolling = RollingHash() }

  private var foundCount = 0

  /// Windows of the validation text that are in the training text, as a share of all; nil where the
  /// validation text is shorter than a window.
  package var share: Double? {
    let total = windows.total
    return total == 0 ? nil : Double(foundCount) / Double(total)
  }

  package var isEstimate: Bool { !windows.isComplete }
}

/// A hash of the last 50 characters (Rabin and Karp's, modulo 2^64).
private struct RollingHash {
  /// Any odd number with bits all over.
  private static let base: UInt64 = 0x9e37_79b9_7f4a_7c15
  /// What the oldest character was multiplied by.
  private static let oldest = (0..<TextOverlap.windowLength).reduce(UInt64(1)) { power, _ in
    power &* base
  }

  private var decoder = ScalarDecoder()
  private var window = [UInt32](repeating: 0, count: TextOverlap.windowLength)
  private var next = 0
  private var count = 0
  private var hash: UInt64 = 0

  /// The hash of the window that `byte` completes, if it does.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> UInt64? {
    guard let character = decoder.take(byte) else { return nil }
    // Plus one: a character 0 must count.
    hash = hash &* Self.base &+ UInt64(character) &+ 1
    if count < TextOverlap.windowLength {
      count += 1
    } else {
      hash = hash &- (UInt64(window[next]) &+ 1) &* Self.oldest
    }
    window[next] = character
    next = next + 1 == TextOverlap.windowLength ? 0 : next + 1
    return count < TextOverlap.windowLength ? nil : HashCounts.mixed(hash)
  }
}
