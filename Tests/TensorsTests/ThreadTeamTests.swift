// A team does every task exactly once, however short the runs and however busy the machine.
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite(.timeLimit(.minutes(2)))
struct ThreadTeamTests {
  @Test(arguments: 1...5)
  func everyTaskRunsExactlyOnce(threadCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    for count in Array(0...40) + [63, 64, 65, 1_000, 10_000] {
      let calls = Vector.zeros(count)
      let threads = Vector.zeros(count)
      team.run(count) { task, thread in
        calls[task] += 1
        threads[task] = Float(thread)
      }
      #expect(calls.array.allSatisfy { $0 == 1 }, "\(count) tasks")
      #expect(threads.array.allSatisfy { $0 >= 0 && $0 < Float(threadCount) })
    }
  }

  @Test(arguments: 2...5)
  func manyQuickRunsLoseNothing(threadCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    let runs = 5_000
    let calls = Vector.zeros(7)
    for _ in 0..<runs { team.run(7) { task, _ in calls[task] += 1 } }
    #expect(calls.array == [Float](repeating: Float(runs), count: 7))
  }

  /// Long enough pauses that the workers fall asleep, and some about as long as they take to.
  @Test(arguments: 2...4)
  func sleepersWakeUp(threadCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    let runs = 1_500
    let calls = Vector.zeros(5)
    for run in 0..<runs {
      usleep(UInt32(run % 30) * 10)
      team.run(5) { task, _ in calls[task] += 1 }
    }
    #expect(calls.array == [Float](repeating: Float(runs), count: 5))
  }

  /// Every thread's scratch memory belongs to one thread at a time.
  @Test func aThreadNumberIsNeverSharedByTwo() {
    let team = ThreadTeam(threadCount: 4)
    let busy = Vector.zeros(4 * 16)
    let clashes = Vector.zeros(4 * 16)
    for _ in 0..<200 {
      team.run(64) { _, thread in
        if busy[thread * 16] != 0 { clashes[thread * 16] += 1 }
        busy[thread * 16] = 1
        for _ in 0..<100 { _ = busy[thread * 16] }
        busy[thread * 16] = 0
      }
    }
    #expect(clashes.array.allSatisfy { $0 == 0 })
  }

  @Test func aTeamMayEndBeforeItsThreadsHaveStarted() {
    for index in 0..<500 {
      let team = ThreadTeam(threadCount: 2 + index % 4)
      if index % 3 == 0 { team.run(3) { _, _ in } }
    }
  }

  @Test func aTeamIsFreedWithItsLastReference() {
    weak var reference: ThreadTeam?
    do {
      let team = ThreadTeam(threadCount: 3)
      reference = team
      team.run(10) { _, _ in }
    }
    #expect(reference == nil)
  }

  @Test(arguments: [0, 1, 5, 64, 65, 1_000, 4_096, 100_001], [1, 16, 64])
  func rangesCoverEverythingOnce(count: Int, alignment: Int) {
    var cuts: [[Float]] = []
    for threadCount in 1...3 {
      let calls = Vector.zeros(count)
      let starts = Vector.zeros(count)
      ThreadTeam(threadCount: threadCount).runRanges(count, minimum: 32, alignment: alignment) {
        for index in $0 { calls[index] += 1 }
        starts[$0.lowerBound] = Float($0.count)
      }
      #expect(calls.array.allSatisfy { $0 == 1 })
      cuts.append(starts.array)
      for (index, length) in starts.array.enumerated() where length != 0 {
        #expect(index % alignment == 0)
        #expect(length >= 32 || index + Int(length) == count)
      }
    }
    #expect(cuts[0] == cuts[1] && cuts[0] == cuts[2], "cuts must not depend on the team")
  }
}
