// The ranks of a node read each other's gradients and update common parameters, each its shard.
import Communication
import Tensors

/// A shard is a rank's part of the flat buffers: it sums the gradients of its node mates there,
/// exchanges that sum with its peers on other nodes, and updates.
///
/// Between two barriers every float has one writer: a rank's gradients are written by that rank up
/// to the first barrier, read by all until the sums have gone round, and the sums, which take the
/// place of the first rank's gradients, are read by the ranks that made them. Parameters and moments
/// are written between the reduction and the second barrier, each shard by its own rank.
package final class ShardedExchange: GradientExchange {
  package let ownPart: Range<Int>
  package let summedGradients: FloatBuffer
  private let communicator: any Communicator
  private let team: ThreadTeam
  private let pieces: SumPieces
  /// This rank's shard of the gradients of every rank of the node.
  private let shards: [Vector]
  /// The ranks of the node, in the order of `shards`.
  private let ranks: [Int]

  /// Collective.
  /// - Parameter nodeGradients: the gradients of the node's ranks, which this rank can read.
  package init(
    _ nodeGradients: [FloatBuffer], _ communicator: any Communicator, team: ThreadTeam
  ) throws {
    precondition(communicator.nodesAreEqual, "a rank without peers would wait for ever")
    let part = communicator.nodeShare(of: nodeGradients[0].count)
    ownPart = part
    summedGradients = nodeGradients[0]
    self.communicator = communicator
    self.team = team
    pieces = SumPieces(threadCount: team.threadCount)
    shards = nodeGradients.map { $0.vector[part] }
    var own = [Double](repeating: 0, count: communicator.nodeSize)
    own[communicator.nodeRank] = Double(communicator.rank)
    ranks = try communicator.sumOverNode(own).map { Int($0) }
  }

  private var nodeCount: Int { communicator.size / communicator.nodeSize }

  package func reduce(into sums: inout StepSums) throws {
    try team.clock.measure(.waiting) { try communicator.nodeBarrier() }
    var squares = team.clock.measure(
      .reduction, bytes: 4 * (shards.count + 1) * ownPart.count
    ) { VectorMath.sumIntoFirst(shards, pieces: pieces, team: team) }
    if !squares.isFinite { nameTheGuilty(&sums) }
    if nodeCount > 1 {
      try team.clock.measure(.reduction, bytes: 8 * ownPart.count) {
        try communicator.sumOverPeers(shards[0])
      }
      // What was not finite on this node is missing in this sum.
      if squares.isFinite { squares = VectorMath.sumOfSquares(shards[0], team: team) }
    }
    // Every node has the whole sum.
    sums.gradientSquares = squares / Double(nodeCount)
  }

  /// What is not finite was not added: it still lies where it came from.
  private func nameTheGuilty(_ sums: inout StepSums) {
    for (rank, shard) in zip(ranks, shards)
    where !VectorMath.sumOfSquares(shard, team: team).isFinite {
      sums.nonFinite[rank] += 1
    }
  }

  package func publish() throws {
    try team.clock.measure(.waiting) { try communicator.nodeBarrier() }
  }

  package var keepsCopies: Bool { nodeCount > 1 }

  package func distribute(_ buffers: [FloatBuffer]) throws {
    try communicator.nodeBarrier()
    if nodeCount > 1 {
      for buffer in buffers { try communicator.broadcastToPeers(buffer.vector[ownPart]) }
    }
    try communicator.nodeBarrier()
  }
}
