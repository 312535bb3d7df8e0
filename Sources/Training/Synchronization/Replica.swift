// A rank's four flat buffers, and how they stay the same on all ranks.
import Communication
import Tensors

/// Parameters, gradients and moments: of this rank alone, or common to the ranks of its node but
/// for the gradients.
package struct Replica {
  package let parameters: FloatBuffer
  package let firstMoments: FloatBuffer
  package let secondMoments: FloatBuffer
  /// This rank's own.
  package let gradients: FloatBuffer
  package let exchange: any GradientExchange
  /// How gradients are summed in fact.
  package let gradientSync: GradientSync
  /// Why memory is not shared although it should be, for the user; the same on every rank.
  package let notice: String?

  /// Collective.
  /// - Parameter count: floats of a flat buffer.
  package init(
    count: Int, _ choice: GradientSync, _ communicator: any Communicator, team: ThreadTeam
  ) throws {
    var problem: String?
    if choice.sharesMemory(nodeSize: communicator.nodeSize, communicator.nodesAreEqual) {
      // The node's first rank holds what is common.
      let length = communicator.nodeRank == 0 ? 4 * count : count
      if let node = try communicator.allocateShared(count: length) {
        try self.init(count: count, sharedBy: node, communicator, team: team)
        return
      }
      let needed = (3 + communicator.nodeSize) * count * MemoryLayout<Float>.stride
      problem = "a node lacks the \((needed + 1 << 20 - 1) >> 20) MiB of shared memory (/dev/shm)"
    } else if choice == .sharded && !communicator.nodesAreEqual {
      problem = "the nodes have unequal numbers of ranks"
    }
    let notice = problem.map {
      "training.gradient_sync: \($0); every rank keeps a copy of its own (allreduce)"
    }
    self.init(count: count, notice: notice, communicator, team: team)
  }

  private init(
    count: Int, notice: String?, _ communicator: any Communicator, team: ThreadTeam
  ) {
    parameters = FloatBuffer(count: count)
    firstMoments = FloatBuffer(count: count)
    secondMoments = FloatBuffer(count: count)
    gradients = FloatBuffer(count: count)
    exchange = AllreduceExchange(gradients, communicator, team: team)
    gradientSync = .allreduce
    self.notice = notice
  }

  private init(
    count: Int, sharedBy node: [FloatBuffer], _ communicator: any Communicator, team: ThreadTeam
  ) throws {
    func part(_ index: Int) -> FloatBuffer { node[0].part(index * count..<(index + 1) * count) }
    let nodeGradients = [part(0)] + node.dropFirst()
    gradients = nodeGradients[communicator.nodeRank]
    parameters = part(1)
    firstMoments = part(2)
    secondMoments = part(3)
    exchange = try ShardedExchange(nodeGradients, communicator, team: team)
    gradientSync = .sharded
    notice = nil
  }

  /// Parameters and moments of rank 0, on every rank. Collective.
  package func distribute() throws {
    try exchange.distribute([parameters, firstMoments, secondMoments])
  }
}

extension GradientSync {
  fileprivate func sharesMemory(nodeSize: Int, _ nodesAreEqual: Bool) -> Bool {
    self == .sharded && nodeSize > 1 && nodesAreEqual
  }

  /// Flat buffers that a node of `nodeSize` ranks keeps.
  package func buffersPerNode(nodeSize: Int, nodesAreEqual: Bool) -> Int {
    sharesMemory(nodeSize: nodeSize, nodesAreEqual) ? 3 + nodeSize : 4 * nodeSize
  }
}
