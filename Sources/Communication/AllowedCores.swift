// The cores that this process may use: its affinity mask and the limits of its control group.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The cores that the system lets this process run on.
package struct AllowedCores: Sendable, Equatable {
  /// Numbers of the cores in the affinity mask, ascending; never empty.
  package let cores: [Int]
  /// Core-seconds per second that the control group grants; nil without a limit.
  package let quota: Double?

  /// Precondition: `cores` are ascending, without negative numbers, and not empty.
  package init(cores: [Int], quota: Double? = nil) {
    precondition(!cores.isEmpty, "a process runs on some core")
    self.cores = cores
    self.quota = quota
  }

  /// Those of this process.
  package static var current: AllowedCores {
    let status = contents(of: "/proc/self/status") ?? ""
    let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let cores = affinity(status: status) ?? Array(0..<online)
    let quota = ControlGroupQuota(
      memberships: contents(of: "/proc/self/cgroup") ?? "",
      mounts: contents(of: "/proc/self/mountinfo") ?? ""
    ).cores(reading: contents(of:))
    return AllowedCores(cores: cores, quota: quota)
  }

  /// Cores that can be kept busy: at least one, a fraction of one does not count.
  package var count: Int {
    guard let quota else { return cores.count }
    return max(1, min(cores.count, Int(min(quota, Double(cores.count)).rounded(.down))))
  }

  /// The affinity mask in the text of `/proc/self/status` (sched_getaffinity's, at any number of
  /// cores); nil when it has none.
  package static func affinity(status: String) -> [Int]? {
    let key = "Cpus_allowed_list:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    var cores: Set<Int> = []
    for part in line.dropFirst(key.count).split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends[0], let last = ends[ends.count - 1], ends.count <= 2,
        first >= 0, first <= last, last < largestCoreCount
      else { return nil }
      cores.formUnion(first...last)
    }
    return cores.isEmpty ? nil : cores.sorted()
  }

  /// Linux is built for at most 8,192 cores.
  package static let largestCoreCount = 8192
}

private func contents(of path: String) -> String? {
  guard let data = FileManager.default.contents(atPath: path) else { return nil }
  return String(decoding: data, as: UTF8.self)
}
