// The bar at every width, in both alphabets, and when the window changes.
import Reporting
import Testing

struct ProgressBarTests {
  let recorder = ScreenRecorder()
  let clock = ManualClock()

  func bar(
    _ title: String = "prepare", total: Int = 500, unit: ProgressBar.Unit = .items("windows"),
    blocks: Bool = true, terminal: Bool = true, stays: Bool = true
  ) -> ProgressBar {
    ProgressBar(
      title: title, total: total, unit: unit,
      console: recorder.console(terminal: terminal, blockCharacters: blocks),
      staysWhenFinished: stays, clock: clock.read)
  }

  @Test func theBarShowsShareCountRateAndRemainingTime() {
    let bar = bar()
    clock.advance(10)
    bar.update(done: 310)
    #expect(
      recorder.screen == [
        "prepare ████████████████████░░░░░░░░░░░░░ 62% 310/500 31 windows/s eta 00:00:06"
      ])
  }

  @Test func asciiWhereTheLocaleKnowsNoBlocks() {
    recorder.columns = 60
    let bar = bar("read", total: 2_000_000, unit: .bytes, blocks: false)
    clock.advance(1)
    bar.update(done: 1_000_000)
    #expect(recorder.screen == ["read [######------] 50% 1.0 MB/2.0 MB 1.0 MB/s eta 00:00:01"])
  }

  @Test(arguments: 1...200)
  func everyWidthIsKept(_ columns: Int) {
    recorder.columns = columns
    let bar = bar()
    clock.advance(1)
    bar.update(done: 310, details: ["loss 3.1234", "ppl 22.7"])
    #expect(recorder.screen[0].count <= max(1, columns - 1))
    if columns >= 20 {
      #expect(recorder.screen[0].contains("62% 310/500"))
      #expect(recorder.screen[0].contains("█"))
    }
  }

  @Test func aSmallerWindowGetsAShorterLine() {
    let bar = bar()
    clock.advance(1)
    bar.update(done: 10)
    recorder.columns = 20
    clock.advance(1)
    bar.update(done: 20)
    #expect(recorder.screen.count == 1)
    #expect(recorder.screen[0].count <= 19)
  }

  @Test func drawingsAreNotMoreThanTenASecond() {
    let bar = bar()
    for done in 1...500 {
      clock.advance(0.001)
      bar.update(done: done)
    }
    #expect(recorder.written.count == 6)
    #expect(recorder.screen[0].contains("100% 500/500"))
  }

  @Test func theCursorEndsOnAFreshLineAlsoAfterAnError() {
    struct Failure: Error {}
    func work() throws {
      let bar = bar()
      bar.update(done: 1)
      throw Failure()
    }
    #expect(throws: Failure.self) { try work() }
    #expect(recorder.screen.count == 2)
    #expect(recorder.screen[1] == "")
  }

  @Test func aBarWithinOtherWorkLeavesNoTrace() {
    let bar = bar(stays: false)
    bar.update(done: 1)
    bar.finish()
    bar.finish()
    #expect(recorder.screen == [""])
  }

  @Test func aFileGetsNothing() {
    let bar = bar(terminal: false)
    bar.update(done: 1)
    bar.finish()
    #expect(recorder.written.isEmpty)
  }

  @Test func countsOutsideTheTotalAreHarmless() {
    let bar = bar(total: 0)
    bar.update(done: 3)
    clock.advance(1)
    bar.update(done: -3)
    #expect(recorder.screen.count == 1)
  }
}
