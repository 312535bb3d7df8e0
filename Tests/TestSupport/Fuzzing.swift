// Feeding a reader with damaged files, for as long as there is time.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Damages bytes in the ways that files are damaged, and that find a reader's faults: the same seed
/// gives the same damage.
package struct ByteMutator: RandomNumberGenerator {
  private var state: UInt64
  /// Parts of them are put in other places.
  private let samples: [[UInt8]]

  package init(seed: UInt64, samples: [[UInt8]]) {
    precondition(!samples.isEmpty, "nothing to damage")
    state = seed
    self.samples = samples
  }

  /// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// A sample with some damage.
  package mutating func damaged() -> [UInt8] {
    var bytes = samples.randomElement(using: &self) ?? []
    for _ in 0..<(1 << Int.random(in: 0...3, using: &self)) { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &self)) }
    let place = self.place(in: bytes)
    let count = min(bytes.count - place, 1 << Int.random(in: 0...7, using: &self))
    switch Int.random(in: 0..<9, using: &self) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &self)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &self)
    case 2: bytes[place] = Array(#"0123456789-."{}[],: \"#.utf8).randomElement(using: &self) ?? 0
    case 3: bytes.removeSubrange(place..<place + count)
    case 4: bytes.insert(contentsOf: bytes[place..<place + count], at: place)
    case 5: bytes.removeSubrange(place...)
    case 6: splice(into: &bytes, at: place)
    default: writeInteger(into: &bytes, at: place)
    }
  }

  /// Half of all damage is near the start, where headers are.
  private mutating func place(in bytes: [UInt8]) -> Int {
    let reach = Bool.random(using: &self) ? min(bytes.count, 64) : bytes.count
    return Int.random(in: 0..<reach, using: &self)
  }

  private mutating func splice(into bytes: inout [UInt8], at place: Int) {
    let other = samples.randomElement(using: &self) ?? []
    let start = Int.random(in: 0...other.count, using: &self)
    let part = other[start..<min(other.count, start + 64)]
    bytes.replaceSubrange(place..<min(bytes.count, place + part.count), with: part)
  }

  /// Lengths and counts that overflow, are negative, or are a little too large.
  private mutating func writeInteger(into bytes: inout [UInt8], at place: Int) {
    let values: [UInt64] = [
      0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32, 1 << 40,
      .max >> 1, 1 << 63, .max - 7, .max, UInt64(bytes.count), UInt64(bytes.count - place),
    ]
    let value = values.randomElement(using: &self) ?? 0
    let width = Bool.random(using: &self) ? 8 : 4
    for (index, target) in (place..<min(bytes.count, place + width)).enumerated() {
      bytes[target] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }
}

/// What came of it.
package struct FuzzingReport: Sendable, CustomStringConvertible {
  package private(set) var runCount = 0
  /// Damaged files that the reader took nevertheless.
  package private(set) var acceptedCount = 0
  /// Seconds of processor time of the longest run: a busy machine may keep a run waiting.
  package private(set) var longest = 0.0
  /// Bytes by which the peak of resident memory has grown.
  package private(set) var memoryGrowth = 0

  /// Seconds to fuzz in a test: TRAINER_FUZZ_SECONDS, else one.
  package static var seconds: Double {
    ProcessInfo.processInfo.environment["TRAINER_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
  }

  /// Gives damaged samples to `read` until time is up. A trap ends the tests; everything that `read`
  /// throws counts as refused.
  package init(
    samples: [[UInt8]], seed: UInt64 = 1, seconds: Double = FuzzingReport.seconds,
    _ read: ([UInt8]) throws -> Void
  ) {
    var mutator = ByteMutator(seed: seed, samples: samples)
    let memory = Self.peakMemory
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while clock.now < end {
      let bytes = mutator.damaged()
      let start = Self.processorTime
      if (try? read(bytes)) != nil { acceptedCount += 1 }
      longest = max(longest, Self.processorTime - start)
      runCount += 1
    }
    memoryGrowth = Self.peakMemory - memory
  }

  /// Seconds of this thread.
  private static var processorTime: Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static var peakMemory: Int {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  package var description: String {
    "\(runCount) files, \(acceptedCount) accepted, longest \(longest) s, "
      + "\(memoryGrowth >> 20) MiB more memory"
  }
}
