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
