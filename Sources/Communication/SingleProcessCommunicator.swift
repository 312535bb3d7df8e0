import Tensors

// The group of one: nothing to exchange, and MPI is never touched.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The communicator of a process that no launcher started.
package final class SingleProcessCommunicator: Communicator {
  package let rank = 0
  package let size = 1
  package let nodeRank = 0
  package let nodeSize = 1
  package let nodesAreEqual = true

  package init() {}

  package func sum(_ values: Vector) {}
  package func sum(_ values: [Double]) -> [Double] { values }
  package func sumOverNode(_ values: [Double]) -> [Double] { values }
  package func maximum(_ values: [Double]) -> [Double] { values }

  package func broadcast(_ values: Vector, from root: Int) {
    precondition(root == 0, "a group of one has no rank \(root)")
  }

  package func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] {
    precondition(root == 0, "a group of one has no rank \(root)")
    return bytes
  }

  package func barrier() {}

  package func allocateShared(count: Int) -> [FloatBuffer]? { [FloatBuffer(count: count)] }
  package func nodeBarrier() {}
  package func sumOverPeers(_ values: Vector) {}
  package func broadcastToPeers(_ values: Vector) {}

  package func abort(code: Int32) -> Never { exit(code) }
  package func finalize() {}
}
