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
  /// The most that `residentBytes` has been since the program started.
  package let peakResidentBytes: Int
  /// The same, but of memory that processes share only this one's part: over all of them, the sum
  /// counts it once.
  package let peakShareBytes: Int

  /// This process's. It takes milliseconds where much memory is shared. Without `/proc` both are the peak that getrusage knows.
  package static var current: ProcessMemory {
    if let status = FileManager.default.contents(atPath: "/proc/self/status"),
      let memory = ProcessMemory(
        status: String(decoding: status, as: UTF8.self),
        rollup: FileManager.default.contents(atPath: "/proc/self/smaps_rollup")
          .map { String(decoding: $0, as: UTF8.self) } ?? "")
    {
      return memory
    }
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return ProcessMemory(peakBytes: Int(usage.ru_maxrss) * 1024)
  }

  /// From the texts of `/proc/self/status` and `/proc/self/smaps_rollup`. The former's VmHWM starts
  /// anew with each program, while getrusage's maximum may be that of the program which started this
  /// one. The latter divides every shared page among the processes that have touched it; kernels
  /// before 5.3 do not say so of shared memory, which then counts in full.
  package init?(status: String, rollup: String) {
    guard let resident = Self.bytes("VmRSS:", in: status),
      let peak = Self.bytes("VmHWM:", in: status)
    else { return nil }
    residentBytes = resident
    peakResidentBytes = peak
    if let shared = Self.bytes("RssShmem:", in: status),
      let share = Self.bytes("Pss_Shmem:", in: rollup)
    {
      peakShareBytes = max(0, peak - shared + share)
    } else {
      peakShareBytes = peak
    }
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
    peakShareBytes = peakBytes
  }
}
