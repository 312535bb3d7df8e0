// The CPU limit that containers and batch systems set by control groups (cgroups), v1 and v2.

/// Where the CPU limits of this process are written.
package struct ControlGroupQuota: Sendable, Equatable {
  /// A folder that limits the process: its group's or that of a group around it.
  package struct Folder: Sendable, Equatable {
    package let path: String
    package let isVersion2: Bool
  }

  /// From the innermost group outwards.
  package let folders: [Folder]

  /// - Parameters:
  ///   - memberships: text of `/proc/self/cgroup`.
  ///   - mounts: text of `/proc/self/mountinfo`.
  package init(memberships: String, mounts: String) {
    var folders: [Folder] = []
    for line in memberships.split(separator: "\n") {
      // hierarchy:controllers:group; version 2 has neither number nor controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isVersion2 = fields[0] == "0" && fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains("cpu"),
        let mountPoint = Self.mountPoint(isVersion2: isVersion2, mounts: mounts)
      else { continue }
      // In a container the group's name may be the host's, which is not mounted inside; its limit
      // then stands at the mount point, which the walk outwards reaches too.
      var names = fields[2].split(separator: "/").filter { $0 != ".." }
      while true {
        folders.append(
          Folder(path: ([mountPoint] + names).joined(separator: "/"), isVersion2: isVersion2))
        guard names.popLast() != nil else { break }
      }
    }
    self.folders = folders
  }

  /// The tightest limit in cores, nil without one.
  /// - Parameter read: text of a file, nil when it does not exist.
  package func cores(reading read: (String) -> String?) -> Double? {
    folders.compactMap { folder -> Double? in
      if folder.isVersion2 {
        return read(folder.path + "/cpu.max").flatMap(Self.cores(cpuMax:))
      }
      guard let quota = read(folder.path + "/cpu.cfs_quota_us"),
        let period = read(folder.path + "/cpu.cfs_period_us")
      else { return nil }
      return Self.cores(cpuMax: quota + " " + period)
    }.min()
  }

  /// Quota over period of a text such as "150000 100000"; "max" and negative quotas mean no limit.
  package static func cores(cpuMax text: String) -> Double? {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]),
      quota.isFinite, quota > 0, period > 0
    else { return nil }
    return quota / period
  }

  private static func mountPoint(isVersion2: Bool, mounts: String) -> Substring? {
    for line in mounts.split(separator: "\n") {
      // id parent device root mountPoint options optionalFields… - type source superOptions
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3 else {
        continue
      }
      let options = fields[dash + 3].split(separator: ",")
      switch fields[dash + 1] {
      case "cgroup2" where isVersion2: return fields[4]
      case "cgroup" where !isVersion2 && options.contains("cpu"): return fields[4]
      default: continue
      }
    }
    return nil
  }
}
