// What the trainer asks of a group of processes.
import Tensors

/// A group of ranks that work in step. Every call is collective: all ranks make the same calls in
/// the same order.
package protocol Communicator: AnyObject {
  /// Place of this process in the group, from 0.
  var rank: Int { get }
  /// Number of processes in the group.
  var size: Int { get }
  /// Place of this process among the group's processes on this node, from 0.
  var nodeRank: Int { get }
  /// Number of the group's processes on this node.
  var nodeSize: Int { get }
  /// Whether every node has as many ranks as the others. Only then have all ranks as many peers:
  /// the ranks at the same place of every node.
  var nodesAreEqual: Bool { get }

  /// Replaces `values` by its element-wise sum over all ranks, in place.
  func sum(_ values: Vector) throws
  /// Element-wise sum over all ranks.
  func sum(_ values: [Double]) throws -> [Double]
  /// Element-wise sum over the ranks of this node.
  func sumOverNode(_ values: [Double]) throws -> [Double]
  /// Element-wise maximum over all ranks.
  func maximum(_ values: [Double]) throws -> [Double]
  /// Overwrites `values` on every rank by those of rank `root`.
  func broadcast(_ values: Vector, from root: Int) throws
  /// The bytes that rank `root` passes, on every rank; what others pass is ignored.
  func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8]
  /// Returns when all ranks have arrived.
  func barrier() throws

  /// Zeroed memory that all ranks of a node read and write: one buffer for each of them, by node
  /// rank, as long as that rank wishes. It lives until `finalize`.
  /// - Returns: nil, on every rank, when some node has no room for it.
  func allocateShared(count: Int) throws -> [FloatBuffer]?
  /// Returns when all ranks of this node have arrived; what they wrote to shared memory before can
  /// be read after.
  func nodeBarrier() throws
  /// Replaces `values` by its element-wise sum over this rank and its peers, in place; other places
  /// of the node may pass another number of values.
  func sumOverPeers(_ values: Vector) throws
  /// Overwrites `values` by those of the peer on the node of rank 0.
  func broadcastToPeers(_ values: Vector) throws

  /// Ends every rank of the group at once; `code` becomes the launcher's exit code.
  func abort(code: Int32) -> Never
  /// Leaves the group in good order and frees shared memory; no call may follow.
  func finalize()
}

extension Communicator {
  /// Rank 0 plans, checks the numbers and talks to the user.
  package var isCoordinator: Bool { rank == 0 }

  /// This rank's part of `count` things: neighbouring parts, as equal as can be, that together are
  /// all of them.
  package func ownShare(of count: Int) -> Range<Int> { Self.share(of: count, rank, size) }

  /// This rank's part of `count` floats among the ranks of its node, in whole cache lines; its
  /// peers have the same part.
  package func nodeShare(of count: Int) -> Range<Int> {
    let line = ParameterLayout.alignment
    let lines = Self.share(of: (count + line - 1) / line, nodeRank, nodeSize)
    return min(count, lines.lowerBound * line)..<min(count, lines.upperBound * line)
  }

  private static func share(of count: Int, _ place: Int, _ places: Int) -> Range<Int> {
    count * place / places..<count * (place + 1) / places
  }
}
