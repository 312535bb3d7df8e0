// Rates and remaining time with a clock that is told the time.
import Reporting
import Testing

struct ThroughputMeterTests {
  let clock = ManualClock()

  @Test func ratesAreMeansOfTheStepsOnly() {
    var meter = ThroughputMeter(clock: clock.read)
    for _ in 0..<2 {
      meter.beginStep()
      clock.advance(0.375)
      meter.measureCommunication { clock.advance(0.125) }
      meter.endStep(tokens: 1000)
      clock.advance(100)
    }
    let rates = meter.takeRates()
    #expect(rates == .init(tokensPerSecond: 2000, stepSeconds: 0.5, communicationShare: 0.25))
  }

  @Test func takingTheRatesStartsAnew() {
    var meter = ThroughputMeter(clock: clock.read)
    meter.beginStep()
    clock.advance(1)
    meter.endStep(tokens: 10)
    _ = meter.takeRates()
    #expect(
      meter.takeRates() == .init(tokensPerSecond: 0, stepSeconds: 0, communicationShare: 0))
    meter.beginStep()
    clock.advance(4)
    meter.endStep(tokens: 8)
    #expect(meter.takeRates().tokensPerSecond == 2)
  }

  @Test func communicationThatFailsIsMeasuredToo() {
    struct Failure: Error {}
    var meter = ThroughputMeter(clock: clock.read)
    meter.beginStep()
    #expect(throws: Failure.self) {
      try meter.measureCommunication {
        clock.advance(1)
        throw Failure()
      }
    }
    meter.endStep(tokens: 1)
    #expect(meter.takeRates().communicationShare == 1)
  }

  @Test func remainingTimeFollowsThePaceOfThisProcess() {
    let remaining = RemainingTime(total: 200, startCount: 100, time: 50)
    #expect(remaining.seconds(done: 100, time: 60) == nil)
    #expect(remaining.seconds(done: 110, time: 70) == 180)
    #expect(remaining.seconds(done: 200, time: 80) == 0)
    #expect(remaining.rate(done: 110, time: 70) == 0.5)
  }
}

struct ProcessMemoryTests {
  @Test func statusIsReadInKibibytes() throws {
    let memory = try #require(
      ProcessMemory(status: "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"))
    #expect(memory.residentBytes == 1_048_576)
    #expect(memory.peakResidentBytes == 2_097_152)
    #expect(memory.sharedBytes == 0)
  }

  @Test func sharedMemoryIsDividedAmongItsUsers() throws {
    let memory = try #require(
      ProcessMemory(status: "VmHWM:\t2048 kB\nVmRSS:\t1024 kB\nRssShmem:\t800 kB\n"))
    #expect(memory.sharedBytes == 800 << 10)
    let rollup = "Pss:  900 kB\nPss_Shmem:  200 kB\n"
    #expect(memory.peakShareBytes(rollup: rollup) == (2048 - 800 + 200) << 10)
    // An old kernel's.
    #expect(memory.peakShareBytes(rollup: "Pss:  900 kB\n") == memory.peakResidentBytes)
    #expect(ProcessMemory.peakShareBytes > 1 << 20)
  }

  @Test(arguments: ["", "VmHWM:\t1 kB\n", "VmHWM: x kB\nVmRSS: 1 kB\n"])
  func otherTextsAreRefused(_ status: String) {
    #expect(ProcessMemory(status: status) == nil)
  }

  @Test func memoryInUseIsCounted() {
    let before = ProcessMemory.current
    let block = [UInt8](repeating: 1, count: 64 << 20)
    let after = ProcessMemory.current
    #expect(after.peakResidentBytes >= after.residentBytes)
    #expect(after.residentBytes - before.residentBytes > 48 << 20)
    #expect(block.reduce(0) { $0 &+ Int($1) } == 64 << 20)
  }
}
