// What every communicator does, seen on threads; the same calls as the training loop's.
import Communication
import Tensors
import TestSupport
import Testing

struct CommunicatorTests {
  @Test(arguments: 1...4)
  func sumsAreTheSameOnEveryRank(_ size: Int) throws {
    let sums = try ThreadCommunicator.run(size) { communicator in
      let values = Vector([Float(communicator.rank + 1), 0.5, -1])
      try communicator.sum(values)
      return values.array
    }
    let expected = [Float(size * (size + 1) / 2), Float(size) * 0.5, -Float(size)]
    #expect(sums == Array(repeating: expected, count: size))
  }

  @Test(arguments: 1...5, [0, 1, 4, 7, 100])
  func sharesAreNeighboursAndTogetherEverything(_ size: Int, _ count: Int) throws {
    let shares = try ThreadCommunicator.run(size) { $0.ownShare(of: count) }
    #expect(shares.flatMap { Array($0) } == Array(0..<count))
    let sizes = shares.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  @Test func doublesAreSummedAndCompared() throws {
    let results = try ThreadCommunicator.run(3) { communicator in
      let own = [Double(communicator.rank), -Double(communicator.rank)]
      return [try communicator.sum(own), try communicator.maximum(own)]
    }
    #expect(results == Array(repeating: [[3, -3], [2, 0]], count: 3))
  }

  @Test func nodesSumOnTheirOwn() throws {
    let results = try ThreadCommunicator.run(4, ranksPerNode: 2) {
      try $0.sumOverNode([Double($0.rank)])
    }
    #expect(results == [[1], [1], [5], [5]])
  }

  @Test func peersAreTheRanksAtTheSamePlaceOfTheirNodes() throws {
    let results = try ThreadCommunicator.run(6, ranksPerNode: 2) { communicator -> [[Float]] in
      // Every place has its own number of values.
      let values = Vector(
        Array(repeating: Float(communicator.rank), count: 1 + communicator.nodeRank))
      try communicator.sumOverPeers(values)
      let sum = values.array
      values.fill(Float(communicator.rank))
      try communicator.broadcastToPeers(values)
      return [sum, values.array]
    }
    let places: [[[Float]]] = [[[6], [0]], [[9, 9], [1, 1]]]
    #expect(results == places + places + places)
  }

  @Test func placesAndEqualityOfNodes() throws {
    let even = try ThreadCommunicator.run(4, ranksPerNode: 2) { ($0.nodeRank, $0.nodesAreEqual) }
    #expect(even.map(\.0) == [0, 1, 0, 1] && even.allSatisfy(\.1))
    let odd = try ThreadCommunicator.run(3, ranksPerNode: 2) { ($0.nodeSize, $0.nodesAreEqual) }
    #expect(odd.map(\.0) == [2, 2, 1] && !odd.contains { $0.1 })
  }

  @Test(arguments: 1...5, [0, 1, 16, 17, 100, 1_000])
  func nodeSharesAreWholeCacheLines(_ size: Int, _ count: Int) throws {
    let shares = try ThreadCommunicator.run(size) { $0.nodeShare(of: count) }
    #expect(shares.flatMap { Array($0) } == Array(0..<count))
    #expect(shares.allSatisfy { $0.lowerBound % 16 == 0 || $0.isEmpty })
    let peers = try ThreadCommunicator.run(2 * size, ranksPerNode: size) { $0.nodeShare(of: count) }
    #expect(peers == shares + shares)
  }

  /// Ranks wish for 1, 2, 3 floats; each writes, and sees what its node mates wrote.
  @Test func nodesShareMemory() throws {
    let results = try ThreadCommunicator.run(4, ranksPerNode: 2) { communicator -> [[Float]] in
      guard let node = try communicator.allocateShared(count: communicator.rank + 1) else {
        return []
      }
      let before = node.map(\.vector.array)
      try communicator.nodeBarrier()
      node[communicator.nodeRank].vector.fill(Float(communicator.rank))
      try communicator.nodeBarrier()
      return before + node.map(\.vector.array)
    }
    let nodes: [[[Float]]] = [
      [[0], [0, 0], [0], [1, 1]], [[0, 0, 0], [0, 0, 0, 0], [2, 2, 2], [3, 3, 3, 3]],
    ]
    #expect(results == [nodes[0], nodes[0], nodes[1], nodes[1]])
  }

  @Test func withoutRoomNobodyHasSharedMemory() throws {
    let results = try ThreadCommunicator.run(2, sharesMemory: false) {
      try $0.allocateShared(count: 1) == nil
    }
    #expect(results == [true, true])
  }

  @Test func theRootsValuesReachEveryRank() throws {
    let results = try ThreadCommunicator.run(3) { communicator in
      let values = Vector([Float(communicator.rank), 7])
      try communicator.broadcast(values, from: 1)
      let text = communicator.rank == 2 ? Array("plan".utf8) : []
      return (values.array, try communicator.broadcast(text, from: 2))
    }
    #expect(results.allSatisfy { $0.0 == [1, 7] && $0.1 == Array("plan".utf8) })
  }

  @Test func oneRanksErrorEndsAllRanks() {
    struct Failure: Error, Equatable {}
    #expect(throws: Failure()) {
      try ThreadCommunicator.run(3) { communicator in
        if communicator.rank == 1 { throw Failure() }
        try communicator.barrier()
      }
    }
  }

  @Test func abortEndsTheRunAndNotTheProcess() {
    #expect(throws: ThreadGroupError.aborted(rank: 2, code: 6)) {
      try ThreadCommunicator.run(3) { communicator in
        if communicator.rank == 2 { communicator.abort(code: 6) }
        try communicator.barrier()
      }
    }
  }

  @Test func differentCallsAreNoticed() throws {
    let error = #expect(throws: ThreadGroupError.self) {
      try ThreadCommunicator.run(2) { communicator in
        if communicator.rank == 0 {
          try communicator.barrier()
        } else {
          _ = try communicator.sum([1])
        }
      }
    }
    guard case .callsDiffer = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aRankThatLeavesEarlyIsNoticed() {
    #expect(throws: ThreadGroupError.rankEnded(rank: 0, call: "barrier")) {
      try ThreadCommunicator.run(2) { if $0.rank == 0 { try $0.barrier() } }
    }
  }

  @Test func aGroupOfOneKeepsItsValues() {
    let communicator = SingleProcessCommunicator()
    let values = Vector([1, 2])
    communicator.sum(values)
    #expect(values.array == [1, 2])
    #expect(communicator.broadcast([3], from: 0) == [3])
    #expect(communicator.maximum([4]) == [4])
    #expect(communicator.nodeShare(of: 100) == 0..<100)
    #expect(communicator.allocateShared(count: 2)?.map(\.vector.array) == [[0, 0]])
  }
}

struct ChunkedRangesTests {
  @Test(
    arguments: [
      (0, 3, []), (2, 3, [0..<2]), (3, 3, [0..<3]), (7, 3, [0..<3, 3..<6, 6..<7]),
    ] as [(Int, Int, [Range<Int>])])
  func rangesCoverTheCount(_ count: Int, _ largest: Int, _ ranges: [Range<Int>]) {
    #expect(Array(ChunkedRanges(count: count, largest: largest)) == ranges)
  }
}
