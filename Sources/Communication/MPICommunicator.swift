// The ranks of MPI_COMM_WORLD. With its extensions the only type that calls MPI.
import CMPI
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A communicator over Open MPI. All calls come from the thread that created it
/// (MPI_THREAD_FUNNELED).
///
/// Every return code is checked; after an error the group cannot be used, only aborted.
@safe
package final class MPICommunicator: Communicator {
  package let rank: Int
  package let size: Int
  package let nodeRank: Int
  package let nodeSize: Int
  package let nodesAreEqual: Bool

  private let world: MPI_Comm
  /// The ranks of this node.
  let node: MPI_Comm
  /// The ranks at this one's place of every node, the node of rank 0 first.
  private let peers: MPI_Comm
  /// Shared memory, in the order of its allocation.
  var windows: [SharedWindow] = []
  /// Most elements of one MPI call, whose counts are 32 bits wide.
  private let largestCount: Int
  private var finalized = false

  /// Starts MPI. Precondition: no other `MPICommunicator` was made in this process.
  ///
  /// Before MPI_Init has returned its errors are fatal: Open MPI then reports and ends the process
  /// itself.
  package init(largestCount: Int = 1 << 30) throws(MPIError) {
    precondition(largestCount >= 1 && largestCount <= Int(Int32.max))
    self.largestCount = largestCount
    var provided: Int32 = 0
    try Self.check(
      unsafe MPI_Init_thread(nil, nil, cmpi_thread_funneled(), &provided), "MPI_Init_thread",
      rank: nil)
    unsafe world = cmpi_comm_world()
    guard provided >= cmpi_thread_funneled() else {
      MPI_Finalize()
      throw .threadsUnsupported(library: Self.libraryVersion)
    }
    try Self.check(
      unsafe MPI_Comm_set_errhandler(world, cmpi_errors_return()), "MPI_Comm_set_errhandler",
      rank: nil)
    var number: Int32 = 0
    try Self.check(unsafe MPI_Comm_rank(world, &number), "MPI_Comm_rank", rank: nil)
    rank = Int(number)
    try Self.check(unsafe MPI_Comm_size(world, &number), "MPI_Comm_size", rank: nil)
    size = Int(number)
    unsafe node = try Self.nodeGroup(of: world, rank: rank)
    try Self.check(unsafe MPI_Comm_rank(node, &number), "MPI_Comm_rank", rank: rank)
    nodeRank = Int(number)
    try Self.check(unsafe MPI_Comm_size(node, &number), "MPI_Comm_size", rank: rank)
    nodeSize = Int(number)
    unsafe peers = try Self.peerGroup(of: world, node: node, place: nodeRank, rank: rank)
    // The greatest number of ranks on a node, and the least.
    var sizes = [number, -number]
    try Self.check(
      unsafe MPI_Allreduce(cmpi_in_place(), &sizes, 2, cmpi_int(), cmpi_max(), world),
      "MPI_Allreduce", rank: rank)
    nodesAreEqual = sizes[0] == -sizes[1]
  }

  /// Name and version of the MPI library, e.g. "Open MPI v4.1.4".
  package static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING))
    var length: Int32 = 0
    guard unsafe MPI_Get_library_version(&text, &length) == MPI_SUCCESS else { return "unknown" }
    // Open MPI goes on with who built it, after a comma.
    return String(Self.string(text, length).prefix { $0 != "," && $0 != "\n" })
  }

  package func sum(_ values: Vector) throws { try unsafe sum(values, over: world) }

  package func sumOverPeers(_ values: Vector) throws { try unsafe sum(values, over: peers) }

  private func sum(_ values: Vector, over group: MPI_Comm) throws {
    for chunk in ChunkedRanges(count: values.count, largest: largestCount) {
      try check(
        unsafe MPI_Allreduce(
          cmpi_in_place(), values[chunk].pointer, Int32(chunk.count), cmpi_float(), cmpi_sum(),
          group), "MPI_Allreduce")
    }
  }

  package func sum(_ values: [Double]) throws -> [Double] {
    try unsafe reduced(values, cmpi_sum(), over: world)
  }

  package func sumOverNode(_ values: [Double]) throws -> [Double] {
    try unsafe reduced(values, cmpi_sum(), over: node)
  }

  package func maximum(_ values: [Double]) throws -> [Double] {
    try unsafe reduced(values, cmpi_max(), over: world)
  }

  package func broadcast(_ values: Vector, from root: Int) throws {
    try unsafe broadcast(values, from: root, to: world)
  }

  package func broadcastToPeers(_ values: Vector) throws {
    try unsafe broadcast(values, from: 0, to: peers)
  }

  private func broadcast(_ values: Vector, from root: Int, to group: MPI_Comm) throws {
    for chunk in ChunkedRanges(count: values.count, largest: largestCount) {
      try check(
        unsafe MPI_Bcast(
          values[chunk].pointer, Int32(chunk.count), cmpi_float(), Int32(root), group),
        "MPI_Bcast")
    }
  }

  package func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
    var count = UInt64(rank == root ? bytes.count : 0)
    try check(
      unsafe MPI_Bcast(
        &count, Int32(MemoryLayout<UInt64>.size), cmpi_byte(), Int32(root), world), "MPI_Bcast")
    var result = rank == root ? bytes : [UInt8](repeating: 0, count: Int(count))
    for chunk in ChunkedRanges(count: result.count, largest: largestCount) {
      let code = unsafe result.withUnsafeMutableBufferPointer { buffer in
        unsafe MPI_Bcast(
          buffer.baseAddress.map { unsafe $0 + chunk.lowerBound }, Int32(chunk.count),
          cmpi_byte(), Int32(root), world)
      }
      try check(code, "MPI_Bcast")
    }
    return result
  }

  package func barrier() throws { try check(unsafe MPI_Barrier(world), "MPI_Barrier") }

  package func abort(code: Int32) -> Never {
    unsafe MPI_Abort(world, code)
    exit(code)
  }

  package func finalize() {
    guard !finalized else { return }
    finalized = true
    // The work is done and saved: nothing useful can follow from an error here.
    for window in windows { window.free() }
    var groups: (peers: MPI_Comm?, node: MPI_Comm?) = unsafe (peers, node)
    unsafe MPI_Comm_free(&groups.peers)
    unsafe MPI_Comm_free(&groups.node)
    MPI_Finalize()
  }

  private func reduced(
    _ values: [Double], _ operation: MPI_Op, over group: MPI_Comm
  ) throws -> [Double] {
    var result = values
    for chunk in ChunkedRanges(count: values.count, largest: largestCount) {
      let code = unsafe result.withUnsafeMutableBufferPointer { buffer in
        unsafe MPI_Allreduce(
          cmpi_in_place(), buffer.baseAddress.map { unsafe $0 + chunk.lowerBound },
          Int32(chunk.count), cmpi_double(), operation, group)
      }
      try check(code, "MPI_Allreduce")
    }
    return result
  }

  func check(_ code: Int32, _ call: String) throws(MPIError) {
    try Self.check(code, call, rank: rank)
  }

  static func check(_ code: Int32, _ call: String, rank: Int?) throws(MPIError) {
    guard code != MPI_SUCCESS else { return }
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING))
    var length: Int32 = 0
    let known = unsafe MPI_Error_string(code, &text, &length) == MPI_SUCCESS
    throw .callFailed(
      call: call, message: known ? string(text, length) : "error \(code)", rank: rank)
  }

  private static func string(_ text: [CChar], _ length: Int32) -> String {
    String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
