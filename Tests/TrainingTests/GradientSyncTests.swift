// However gradients are summed, and whoever keeps the parameters, training is the same.
import Communication
import Tensors
import TestSupport
import Testing
import Training

struct GradientSyncTests {
  private static func setting(_ sync: GradientSync) -> String {
    "training.gradient_sync=\(sync.rawValue)"
  }

  /// The largest relative differences of loss and norm between two runs.
  private func differences(_ run: TinyRun, _ one: String, _ other: String) throws -> [Double] {
    try ["train/loss", "val/loss", "train/grad_norm"].map { metric in
      largestDifference(
        try run.column(metric, folder: one), try run.column(metric, folder: other))
    }
  }

  /// With this seed no step is so steep that it makes much of the last bit.
  @Test(arguments: [(2, nil), (3, nil), (4, nil), (4, 2), (6, 2)] as [(Int, Int?)])
  func bothWaysGiveTheSameCurve(_ ranks: Int, _ ranksPerNode: Int?) throws {
    let run = try TinyRun()
    for sync in GradientSync.allCases {
      let outcomes = try run.train(
        ranks: ranks, ranksPerNode: ranksPerNode,
        ["training.seed=2", "training.evaluate_every=10", Self.setting(sync)], folder: sync.rawValue
      )
      #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) && $0.step == 20 })
      #expect(outcomes.flatMap(\.notices).allSatisfy { !$0.isWarning })
    }
    let differences = try differences(run, "sharded", "allreduce")
    #expect(differences[0] < 1e-6 && differences[1] < 1e-6, "\(differences)")
    #expect(differences[2] < 1e-5, "\(differences)")
  }

  @Test(arguments: [
    (GradientSync.sharded, 4, GradientSync.allreduce, 4), (.allreduce, 4, .sharded, 4),
    (.sharded, 4, .sharded, 3), (.sharded, 2, .allreduce, 1), (.allreduce, 1, .sharded, 4),
  ])
  func aRunGoesOnInTheOtherWayAndOnOtherRanks(
    _ first: GradientSync, _ firstRanks: Int, _ second: GradientSync, _ secondRanks: Int
  ) throws {
    let run = try TinyRun()
    let settings = ["training.evaluate_every=5"]
    try run.train(ranks: firstRanks, settings + [Self.setting(first)], folder: "whole")
    let stopped = try run.train(
      ranks: firstRanks, settings + [Self.setting(first)], folder: "parts",
      asks: .init(rank: 0, atStep: 10))
    #expect(stopped.allSatisfy { $0.ending == .stopped && $0.step == 10 })
    let outcomes = try run.train(
      ranks: secondRanks, settings + [Self.setting(second)], folder: "parts", resume: .auto)
    #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) && $0.step == 20 })
    let differences = try differences(run, "whole", "parts")
    #expect(differences.allSatisfy { $0 < 1e-4 }, "\(differences)")
  }

  /// Ranks, ranks per node, room for shared memory, and what the user is told.
  @Test(arguments: [
    (3, 2, true, "the nodes have unequal numbers of ranks"),
    (4, 2, false, "a node lacks the 1 MiB of shared memory (/dev/shm)"),
  ])
  func whatCannotBeSharedIsKeptByEveryRank(
    _ ranks: Int, _ ranksPerNode: Int, _ sharesMemory: Bool, _ reason: String
  ) throws {
    let run = try TinyRun()
    let outcomes = try run.train(
      ranks: ranks, ranksPerNode: ranksPerNode, sharesMemory: sharesMemory, folder: "wished")
    #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) })
    #expect(
      outcomes.flatMap(\.notices).filter(\.isWarning) == [
        .warning(
          "training.gradient_sync: \(reason); every rank keeps a copy of its own (allreduce)")
      ])
    try run.train(
      ranks: ranks, ranksPerNode: ranksPerNode, [Self.setting(.allreduce)], folder: "plain")
    let statesAgree = try run.state("wished/latest.h5") == run.state("plain/latest.h5")
    #expect(statesAgree)
  }

  /// What each rank finds in a replica: its exchange, and values that the ranks before it wrote.
  private func replicas(
    _ ranks: Int, ranksPerNode: Int, _ sync: GradientSync
  ) throws -> [(isSharded: Bool, part: Range<Int>, values: [Float])] {
    try ThreadCommunicator.run(ranks, ranksPerNode: ranksPerNode) { communicator in
      let replica = try Replica(
        count: 64, sync, communicator, team: ThreadTeam(threadCount: 1))
      let own = Float(communicator.rank)
      let buffers = [
        replica.parameters, replica.firstMoments, replica.secondMoments, replica.gradients,
      ]
      for buffer in buffers {
        buffer.vector[communicator.rank] += 1 + own
        try communicator.barrier()
      }
      let seen = buffers.map { $0.vector.array.reduce(0, +) }
      try communicator.barrier()
      try replica.distribute()
      return (
        replica.exchange is ShardedExchange, replica.exchange.ownPart,
        seen + buffers.dropLast().map { $0.vector.array.reduce(0, +) }
      )
    }
  }

  @Test func ranksOfANodeShareAllButTheGradients() throws {
    let shared = try replicas(4, ranksPerNode: 2, .sharded)
    #expect(shared.allSatisfy { $0.isSharded })
    #expect(shared.map(\.part) == [0..<32, 32..<64, 0..<32, 32..<64])
    // 1 + 2 on the first node, 3 + 4 on the second; then what the first has.
    #expect(
      shared.map(\.values) == [
        [3, 3, 3, 1, 3, 3, 3], [3, 3, 3, 2, 3, 3, 3], [7, 7, 7, 3, 3, 3, 3], [7, 7, 7, 4, 3, 3, 3],
      ])
  }

  /// Four of each, but for what four ranks share.
  @Test func whatANodeKeepsIsCounted() {
    func buffers(_ sync: GradientSync, _ nodeSize: Int, equal: Bool = true) -> Int {
      sync.buffersPerNode(nodeSize: nodeSize, nodesAreEqual: equal)
    }
    #expect(buffers(.sharded, 4) == 7 && buffers(.sharded, 1) == 4)
    #expect(buffers(.allreduce, 4) == 16 && buffers(.sharded, 4, equal: false) == 16)
  }

  @Test(arguments: [(4, 2, GradientSync.allreduce), (2, 1, .sharded), (1, 1, .sharded)])
  func otherwiseEveryRankHasItsOwn(_ ranks: Int, _ ranksPerNode: Int, _ sync: GradientSync) throws {
    let replicas = try replicas(ranks, ranksPerNode: ranksPerNode, sync)
    #expect(replicas.allSatisfy { !$0.isSharded && $0.part == 0..<64 })
    for (rank, replica) in replicas.enumerated() {
      #expect(replica.values == Array(repeating: Float(rank + 1), count: 4) + [1, 1, 1])
    }
  }
}

extension RunBuilder.Notice {
  fileprivate var isWarning: Bool { if case .warning = self { true } else { false } }
}
