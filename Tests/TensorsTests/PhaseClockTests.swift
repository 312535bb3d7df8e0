// Time is counted where it is asked for, and nowhere else.
import Tensors
import Testing

struct PhaseClockTests {
  private func work(_ clock: PhaseClock) {
    clock.measure(.head, operations: 10) {}
    clock.measure(.head, operations: 5, bytes: 3) {}
    clock.measure(.norms, bytes: 7) {}
  }

  @Test func onlyStepsCountAndOnlyWhenAskedFor() {
    let clock = PhaseClock()
    clock.measureStep { work(clock) }
    #expect(clock.stepCount == 0 && clock[.head] == PhaseClock.Total())
    clock.isEnabled = true
    work(clock)
    #expect(clock[.head] == PhaseClock.Total())
    for _ in 0..<2 { clock.measureStep { work(clock) } }
    #expect(clock.stepCount == 2 && clock.stepSeconds > 0)
    #expect(clock[.head].operations == 30 && clock[.head].bytes == 6)
    #expect(clock[.norms].bytes == 14 && clock[.norms].seconds > 0)
    #expect(clock[.attention] == PhaseClock.Total())
    let phases = clock.totals.reduce(0) { $0 + $1.seconds }
    #expect(phases <= clock.stepSeconds)
  }

  @Test func aStepThatFailsEndsToo() {
    struct Failure: Error {}
    let clock = PhaseClock()
    clock.isEnabled = true
    #expect(throws: Failure.self) { try clock.measureStep { throw Failure() } }
    #expect(clock.stepCount == 1 && !clock.isRunning)
  }
}
