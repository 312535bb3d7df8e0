// What the trainer asks of a group of processes.
import Tensors

/// A group of ranks that work in step. Every call is collective: all ranks make the same calls in
/// the same order.
package protocol Communicator: AnyObject {
  /// Place of this process in the group, from 0.
  var rank: Int { get }
  /// Number of processes in the group.
  var size: Int { get }
  /// Number of the group's processes on this node.
  var nodeSize: Int { get }

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

  /// Ends every rank of the group at once; `code` becomes the launcher's exit code.
  func abort(code: Int32) -> Never
  /// Leaves the group in good order; no call may follow.
  func finalize()
}

extension Communicator {
  /// Rank 0 plans, checks the numbers and talks to the user.
  package var isCoordinator: Bool { rank == 0 }

  /// This rank's part of `count` things: neighbouring parts, as equal as can be, that together are
  /// all of them.
  package func ownShare(of count: Int) -> Range<Int> {
    count * rank / size..<count * (rank + 1) / size
  }
}
