// Ranks on two nodes, which this machine plays: Open MPI starts each node's ranks by a shell that
// gives them a host name and shared memory of their own.
import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite(
  .serialized,
  .enabled(
    if: TwoNodes.canBePlayed,
    """
    needs mpirun and namespaces: apt-get install openmpi-bin util-linux; in a container \
    --cap-add=SYS_ADMIN, or for users sysctl kernel.unprivileged_userns_clone=1
    """))
struct TwoNodeTests {
  private func train(
    _ workplace: Workplace, _ folder: String, _ arguments: [String], on nodes: [Int]
  ) throws -> ChildProcess.Ending {
    try workplace.run(
      ["--config", "tiny.json", "--out", folder] + arguments,
      program: try TwoNodes.launcher(workplace, ranks: nodes))
  }

  /// Within a node by shared memory, between nodes by messages; or by messages only.
  @Test(arguments: ["sharded", "allreduce"])
  func theCurveIsThatOfOneRank(_ sync: String) throws {
    let workplace = try Workplace()
    let settings = ["--max-steps", "12", "--set", "training.gradient_sync=\(sync)"]
    #expect(try workplace.run(["--config", "tiny.json", "--out", "one"] + settings).exitCode == 0)
    let ending = try train(workplace, "two", settings, on: [2, 2])
    #expect(ending.exitCode == 0 && ending.warnings == [], "\(ending.errors)")
    #expect(ending.errors.contains(" | 4 ranks × "))
    let metrics = ["train/loss", "train/grad_norm", "val/loss"]
    let curves = try ["one", "two"].map { try workplace.numbers(of: metrics, in: $0) }
    #expect(curves[0].count == 2 * 12 + 1)
    #expect(zip(curves[0], curves[1]).allSatisfy { abs($0 / $1 - 1) < 1e-5 }, "\(curves)")
  }

  @Test func unequalNodesAreTold() throws {
    let workplace = try Workplace()
    let ending = try train(workplace, "run", ["--batch-size", "3"], on: [2, 1])
    #expect(ending.exitCode == 0, "\(ending.errors)")
    #expect(
      ending.warnings == [
        "training.gradient_sync: the nodes have unequal numbers of ranks; "
          + "every rank keeps a copy of its own (allreduce)"
      ])
  }

  @Test func aStoppedRunGoesOnAsIfItHadNot() throws {
    let workplace = try Workplace()
    let settings = ["--max-steps", "400", "--set", "training.evaluate_every=0"]
    #expect(try train(workplace, "whole", settings, on: [2, 2]).exitCode == 0)
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "parts"] + settings,
      program: try TwoNodes.launcher(workplace, ranks: [2, 2]))
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 3/") })
    process.send(SIGUSR1)
    let ending = process.wait(limit: Workplace.limit)
    #expect(ending.exitCode == 75, "\(ending.errors)")
    #expect(
      try train(workplace, "parts", settings + ["--resume", "auto"], on: [2, 2]).exitCode == 0)
    let areTheSame =
      workplace.bytes("parts/step-000400.h5") == workplace.bytes("whole/step-000400.h5")
    #expect(areTheSame)
  }
}

enum TwoNodes {
  /// `mpirun` and what precedes the program.
  /// - Parameter ranks: of each node.
  static func launcher(_ workplace: Workplace, ranks: [Int]) throws -> [String] {
    try workplace.write(script, to: "agent")
    let agent = workplace.file("agent")
    #expect(unsafe chmod(agent, 0o755) == 0)
    let nodes = ranks.enumerated().map { "node\($0):\($1)" }.joined(separator: ",")
    return [
      "mpirun", "--mca", "plm_rsh_agent", agent, "-H", nodes, "--bind-to", "none",
      "-np", "\(ranks.reduce(0, +))", Workplace.trainer,
    ]
  }

  /// Called like ssh: options, the node, and what to run there.
  private static let script = """
    #!/bin/sh
    while case $1 in -*) true ;; *) false ;; esac; do shift; done
    node=$1
    shift
    test "$(id -u)" = 0 || map=--map-root-user
    exec unshare $map --uts --mount \\
      sh -c "hostname $node && mount -t tmpfs none /dev/shm && $*"

    """

  static let canBePlayed: Bool = {
    guard Tool.isInstalled("mpirun"), let workplace = try? Workplace(),
      let launcher = try? launcher(workplace, ranks: [1, 1]).dropLast(),
      let ending = try? workplace.run(["hostname"], program: Array(launcher))
    else { return false }
    return ending.output.split(separator: "\n").sorted() == ["node0", "node1"]
  }()
}
