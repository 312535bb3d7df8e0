// A run folder on a disk that is full, and one that cannot be moved: the earlier run stays.
import TestSupport
import Testing

@Suite(
  .enabled(
    if: SmallDisk.canBeMade,
    """
    needs a mount namespace: apt-get install util-linux; in a container --cap-add=SYS_ADMIN, or \
    for users sysctl kernel.unprivileged_userns_clone=1
    """))
struct SmallDiskTests {
  private static let train = "\"$0\" --config tiny.json --set schedule.warmup_steps=0"

  @Test func withoutSpaceForACheckpointTheEarlierRunStays() throws {
    let ending = try SmallDisk.run(
      """
      \(Self.train) --out disk/run --quiet || exit
      head -c $(($(df -k --output=avail disk | tail -1) * 1024 - 65536)) /dev/zero >disk/rest
      \(Self.train) --out disk/run
      echo "code $?"
      ls disk disk/run
      """)
    #expect(ending.faults.count == 1)
    #expect(
      ending.faults[0].hasPrefix("disk/run/latest.h5: no space left on the device: "),
      "\(ending.errors)")
    #expect(ending.output.contains("code 4\n"))
    #expect(ending.output.contains("step-000004.h5\n") && !ending.output.contains("run-1"))
  }

  @Test func aRunFolderThatIsADiskOfItsOwnStays() throws {
    let ending = try SmallDisk.run(
      """
      \(Self.train) --out disk --quiet || exit
      \(Self.train) --out disk
      echo "code $?"
      ls disk
      """)
    #expect(
      ending.faults == [
        "disk: holds an earlier run, which cannot be moved away: Device or resource busy; go on with "
          + "it (--resume auto), or choose another --out"
      ])
    #expect(ending.output.contains("code 4\n") && ending.output.contains("step-000004.h5\n"))
  }
}

enum SmallDisk {
  /// Runs a shell's script where `disk` is one of a megabyte, and `$0` the trainer.
  static func run(_ script: String) throws -> ChildProcess.Ending {
    try Workplace().run(
      [],
      program: [
        "sh", "-c", Self.namespace, Workplace.trainer,
        "mkdir disk && mount -t tmpfs -o size=1m none disk || exit 99\n" + script,
      ])
  }

  /// Users get one where they may play root.
  private static let namespace = """
    test "$(id -u)" = 0 || map=--map-root-user
    exec unshare $map --mount sh -c "$1" "$0"
    """

  static let canBeMade = (try? run("true").exitCode) == 0
}
