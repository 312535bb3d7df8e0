// Affinity masks, control groups and the division of a node's cores among ranks.
import Communication
import TestSupport
import Testing

struct AllowedCoresTests {
  @Test(arguments: [
    ("0-1", [0, 1]), ("3", [3]), ("0-2,8,10-11", [0, 1, 2, 8, 10, 11]),
  ])
  func affinityIsReadFromStatus(_ list: String, _ cores: [Int]) {
    let status =
      "Name:\ttrainer\nCpus_allowed:\tff\nCpus_allowed_list:\t\(list)\nMems_allowed:\t1\n"
    #expect(AllowedCores.affinity(status: status) == cores)
  }

  @Test(arguments: [
    "", "Cpus_allowed_list:\t\n", "Cpus_allowed_list:\t2-1\n", "Cpus_allowed_list:\t0-9999999999\n",
    "Cpus_allowed_list:\tx\n", "Cpus_allowed_list:\t1-2-3\n",
  ])
  func unreadableAffinityIsNil(_ status: String) {
    #expect(AllowedCores.affinity(status: status) == nil)
  }

  @Test func thisMachineAllowsACore() {
    let allowed = AllowedCores.current
    #expect(allowed.count >= 1)
    #expect(allowed.count <= allowed.cores.count)
  }

  @Test(arguments: [(nil, 8), (2.5, 2), (0.5, 1), (64, 8), (1e300, 8)] as [(Double?, Int)])
  func theQuotaLimitsTheCores(_ quota: Double?, _ count: Int) {
    #expect(AllowedCores(cores: Array(0..<8), quota: quota).count == count)
  }

  @Test(
    arguments: [
      ("max 100000", nil), ("150000 100000\n", 1.5), ("-1\n 100000\n", nil), ("", nil), ("5", nil),
      ("100000 0", nil),
    ] as [(String, Double?)])
  func limitsAreQuotaOverPeriod(_ text: String, _ cores: Double?) {
    #expect(ControlGroupQuota.cores(cpuMax: text) == cores)
  }

  @Test func theTightestGroupOnTheWayOutCounts() {
    let quota = ControlGroupQuota(
      memberships: "0::/system.slice/job_7/step_0\n",
      mounts: "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n")
    let files = [
      "/sys/fs/cgroup/system.slice/job_7/step_0/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/system.slice/job_7/cpu.max": "400000 100000\n",
      "/sys/fs/cgroup/system.slice/cpu.max": "800000 100000\n",
    ]
    #expect(quota.cores { files[$0] } == 4)
  }

  @Test func versionOneIsReadBesideAnEmptyVersionTwo() {
    let quota = ControlGroupQuota(
      memberships: "4:memory:/a\n3:cpu,cpuacct:/docker/abc\n0::/\n",
      mounts: """
        40 32 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        41 32 0:36 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        42 32 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """)
    // In the container the group is not visible under the host's name, only at the mount point.
    let files = [
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    ]
    #expect(quota.cores { files[$0] } == 2.5)
  }

  @Test func withoutControlGroupsThereIsNoLimit() {
    #expect(ControlGroupQuota(memberships: "", mounts: "").cores { _ in "1 1" } == nil)
    #expect(ControlGroupQuota(memberships: "x\n::\n1:cpu:/", mounts: "a - b").folders.isEmpty)
  }
}

struct ThreadShareTests {
  /// The share of each rank whose cores are given.
  func shares(_ cores: [[Int]], ranksPerNode: Int? = nil, quota: Double? = nil) throws -> [Int] {
    try ThreadCommunicator.run(cores.count, ranksPerNode: ranksPerNode) { communicator in
      try AllowedCores(cores: cores[communicator.rank], quota: quota)
        .threadShare(in: communicator)
    }
  }

  @Test func unboundRanksShareAllCores() throws {
    #expect(try shares([Array(0..<8)]) == [8])
    #expect(try shares(Array(repeating: Array(0..<8), count: 3)) == [2, 2, 2])
    #expect(try shares(Array(repeating: Array(0..<9), count: 3)) == [3, 3, 3])
  }

  @Test func boundRanksKeepTheirOwnCores() throws {
    #expect(try shares([[0, 1], [2, 3, 4]]) == [2, 3])
  }

  @Test func ranksBoundToTheSameSocketShareIt() throws {
    #expect(try shares([[0, 1, 2, 3], [0, 1, 2, 3], [4, 5], [4, 5]]) == [2, 2, 1, 1])
  }

  @Test func moreRanksThanCoresGetAThreadEach() throws {
    #expect(try shares([[0, 1], [0, 1], [0, 1]]) == [1, 1, 1])
  }

  @Test func otherNodesDoNotCount() throws {
    #expect(try shares(Array(repeating: [0, 1, 2, 3], count: 4), ranksPerNode: 2) == [2, 2, 2, 2])
  }

  @Test func theQuotaIsSharedByTheRanksOfANode() throws {
    #expect(try shares([Array(0..<8), Array(0..<8)], quota: 5) == [2, 2])
  }
}
