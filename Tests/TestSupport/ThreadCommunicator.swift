// Ranks as threads of one process, to test distributed code without a launcher.
import Communication
import Glibc
import Tensors

/// One rank of a group of threads. Sums run in the order of the ranks, so that results repeat.
///
/// Ranks check each other: when they make different calls, or one of them ends early, all of them
/// get a `ThreadGroupError` instead of waiting for ever.
package final class ThreadCommunicator: Communicator {
  package let rank: Int
  package let size: Int
  /// Ranks of a full node; the last one may have fewer.
  private let ranksPerNode: Int
  private let sharesMemory: Bool
  private let group: ThreadGroup

  fileprivate init(
    rank: Int, size: Int, ranksPerNode: Int, sharesMemory: Bool, group: ThreadGroup
  ) {
    self.rank = rank
    self.size = size
    self.ranksPerNode = ranksPerNode
    self.sharesMemory = sharesMemory
    self.group = group
  }

  package var nodeRank: Int { rank % ranksPerNode }
  package var nodeSize: Int { node.count }
  package var nodesAreEqual: Bool { size % ranksPerNode == 0 }

  /// The ranks of this node.
  private var node: Range<Int> {
    let first = rank - nodeRank
    return first..<min(size, first + ranksPerNode)
  }

  /// The ranks at this one's place of every node.
  private var peers: [Int] { Array(stride(from: nodeRank, to: size, by: ranksPerNode)) }

  /// Runs `body` once on each of `size` threads and returns what they returned, by rank.
  ///
  /// Swift Testing does not know these threads: let `body` return what is to be expected about.
  ///
  /// - Parameters:
  ///   - ranksPerNode: neighbouring ranks form nodes of this size, the last one what is left; all
  ///     one node if nil.
  ///   - sharesMemory: whether the nodes have room for shared memory.
  /// - Throws: the error of the rank that failed first; `ThreadGroupError.aborted` when a rank
  ///   called `abort`.
  @discardableResult
  package static func run<Result: Sendable>(
    _ size: Int, ranksPerNode: Int? = nil, sharesMemory: Bool = true,
    _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
  ) throws -> [Result] {
    precondition(size >= 1 && ranksPerNode ?? 1 >= 1, "\(size) ranks on nodes of none")
    let group = ThreadGroup(size: size)
    let results = ResultsByRank<Result>(count: size)
    for rank in 0..<size {
      startThread {
        let communicator = ThreadCommunicator(
          rank: rank, size: size, ranksPerNode: ranksPerNode ?? size, sharesMemory: sharesMemory,
          group: group)
        do {
          results.set(try body(communicator), rank: rank)
          group.leave(rank: rank, error: nil)
        } catch {
          group.leave(rank: rank, error: error)
        }
      }
    }
    if let error = group.waitForAll() { throw error }
    return results.all()
  }

  package func sum(_ values: Vector) throws {
    try sum(values, call: "sum of \(values.count)", ranks: Array(0..<size))
  }

  private func sum(_ values: Vector, call: String, ranks: [Int]) throws {
    let all = try group.exchange(.floats(values.array), call: call, rank: rank)
    values.fill(0)
    for case .floats(let other) in ranks.map({ all[$0] }) {
      precondition(
        other.count == values.count, "\(call): \(other.count) and \(values.count) floats")
      for index in 0..<values.count { values[index] += other[index] }
    }
  }

  package func sum(_ values: [Double]) throws -> [Double] {
    try reduce(values, call: "sum of \(values.count) doubles", ranks: 0..<size, +)
  }

  package func sumOverNode(_ values: [Double]) throws -> [Double] {
    try reduce(values, call: "node sum of \(values.count)", ranks: node, +)
  }

  package func maximum(_ values: [Double]) throws -> [Double] {
    try reduce(values, call: "maximum of \(values.count)", ranks: 0..<size, max)
  }

  package func broadcast(_ values: Vector, from root: Int) throws {
    let call = "broadcast of \(values.count) from \(root)"
    let all = try group.exchange(.floats(rank == root ? values.array : []), call: call, rank: rank)
    guard case .floats(let sent) = all[root] else { return }
    for (index, value) in sent.enumerated() { values[index] = value }
  }

  package func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
    let all = try group.exchange(
      .bytes(rank == root ? bytes : []), call: "broadcast of bytes from \(root)", rank: rank)
    guard case .bytes(let sent) = all[root] else { return [] }
    return sent
  }

  package func barrier() throws {
    _ = try group.exchange(.nothing, call: "barrier", rank: rank)
  }

  package func allocateShared(count: Int) throws -> [FloatBuffer]? {
    let all = try group.exchange(
      .buffer(FloatBuffer(count: count)), call: "shared memory", rank: rank)
    guard sharesMemory else { return nil }
    return all[node].compactMap { message in
      guard case .buffer(let buffer) = message else { return nil }
      return buffer
    }
  }

  package func nodeBarrier() throws {
    _ = try group.exchange(.nothing, call: "node barrier", rank: rank)
  }

  package func sumOverPeers(_ values: Vector) throws {
    try sum(values, call: "peer sum", ranks: peers)
  }

  package func broadcastToPeers(_ values: Vector) throws {
    let all = try group.exchange(.floats(values.array), call: "peer broadcast", rank: rank)
    guard case .floats(let sent) = all[peers[0]] else { return }
    values.copy(from: Vector(sent))
  }

  /// Ends the run with `ThreadGroupError.aborted`; this thread waits for ever, since `Never` must
  /// not return and the process should live on.
  package func abort(code: Int32) -> Never {
    group.leave(rank: rank, error: ThreadGroupError.aborted(rank: rank, code: code))
    while true { pause() }
  }

  package func finalize() {}

  private func reduce(
    _ values: [Double], call: String, ranks: Range<Int>, _ operation: (Double, Double) -> Double
  ) throws -> [Double] {
    let all = try group.exchange(.doubles(values), call: call, rank: rank)
    let arrays = all[ranks].map { message -> [Double] in
      guard case .doubles(let array) = message else { return [] }
      return array
    }
    return values.indices.map { index in
      arrays.dropFirst().reduce(arrays[0][index]) { operation($0, $1[index]) }
    }
  }
}

package enum ThreadGroupError: Error, Equatable {
  /// A rank called `abort`.
  case aborted(rank: Int, code: Int32)
  /// Two ranks are not at the same call.
  case callsDiffer(rank: Int, call: String, otherRank: Int, otherCall: String)
  /// Another rank ended while this one waited for it in `call`.
  case rankEnded(rank: Int, call: String)
}
