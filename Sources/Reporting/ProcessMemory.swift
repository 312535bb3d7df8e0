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

  /// This process's. Without `/proc` both are the peak that getrusage knows.
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

  /// From the text of `/proc/self/status`. Its VmHWM starts anew with each program, while
  /// getrusage's maximum may be that of the program which started this one.
  package init?(status: String) {
    func bytes(_ key: String) -> Int? {
      guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
        return nil
      }
      let fields = line.dropFirst(key.count).split(whereSeparator: \.isWhitespace)
      guard fields.count == 2, fields[1] == "kB", let kibibytes = Int(fields[0]) else {
        return nil
      }
      let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : bytes
    }
    guard let resident = bytes("VmRSS:"), let peak = bytes("VmHWM:") else { return nil }
    residentBytes = resident
    peakResidentBytes = peak
  }

  private init(peakBytes: Int) {
    residentBytes = peakBytes
    peakResidentBytes = peakBytes
  }
}
