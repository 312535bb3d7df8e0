// How much memory this process uses.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory of a process that is backed by the machine's.
package struct ProcessMemory: Sendable, Equatable {
  package let residentBytes: Int
  /// The most that `residentBytes` has been since the program started, or since `restartPeak`.
  package let peakResidentBytes: Int
  /// The part of `residentBytes` that other processes may have in use too: memory that the ranks of
  /// a node share, in full.
  package let sharedBytes: Int

  /// This process's. Without `/proc` the first two are the peak that getrusage knows.
  package static var current: ProcessMemory {
    if let status = FileManager.default.contents(atPath: "/proc/self/status"),
      let memory = ProcessMemory(status: String(decoding: status, as: UTF8.self))
    {
      return memory
    }
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return ProcessMemory(peakBytes: Int(usage.ru_maxrss) * 1024)
  }

  /// This process's peak, but of shared memory only its part: the sum over all processes counts
  /// shared memory once. The kernel looks at every page for that, which takes milliseconds.
  package static var peakShareBytes: Int {
    let rollup = FileManager.default.contents(atPath: "/proc/self/smaps_rollup")
    return current.peakShareBytes(
      rollup: rollup.map { String(decoding: $0, as: UTF8.self) } ?? "")
  }

  /// Makes the peak what is resident now, where the system can: Linux with `/proc`.
  package static func restartPeak() {
    let descriptor = unsafe open("/proc/self/clear_refs", O_WRONLY)
    guard descriptor >= 0 else { return }
    // 5 resets VmHWM: proc(5).
    _ = unsafe write(descriptor, "5", 1)
    close(descriptor)
  }

  /// - Parameter rollup: the text of `/proc/self/smaps_rollup`, which divides every page among the
  ///   processes that have touched it. Where it does not say so of shared memory, as before Linux
  ///   5.3, that counts in full.
  package func peakShareBytes(rollup: String) -> Int {
    guard let share = Self.bytes("Pss_Shmem:", in: rollup) else { return peakResidentBytes }
    return max(0, peakResidentBytes - sharedBytes + share)
  }

  /// From the text of `/proc/self/status`. Its VmHWM starts anew with each program, while
  /// getrusage's maximum may be that of the program which started this one.
  package init?(status: String) {
    guard let resident = Self.bytes("VmRSS:", in: status),
      let peak = Self.bytes("VmHWM:", in: status)
    else { return nil }
    residentBytes = resident
    peakResidentBytes = peak
    sharedBytes = Self.bytes("RssShmem:", in: status) ?? 0
  }

  private static func bytes(_ key: String, in text: String) -> Int? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    let fields = line.dropFirst(key.count).split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, fields[1] == "kB", let kibibytes = Int(fields[0]) else {
      return nil
    }
    let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
    return overflow ? nil : bytes
  }

  private init(peakBytes: Int) {
    residentBytes = peakBytes
    peakResidentBytes = peakBytes
    sharedBytes = 0
  }
}
