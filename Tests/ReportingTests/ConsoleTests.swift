// What stands on a terminal, and in a file, after a run has been told.
import Logging
import Reporting
import Testing

struct ConsoleTests {
  let recorder = ScreenRecorder()

  @Test(
    arguments: [
      (["TERM": "xterm", "LANG": "de_DE.UTF-8"], true, true, true),
      (["TERM": "xterm", "LANG": "C", "NO_COLOR": "1"], true, false, false),
      (["TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.utf8", "NO_COLOR": ""], true, true, false),
      (["TERM": "dumb", "LC_CTYPE": "C.utf8"], false, false, true),
      ([:], false, false, false),
    ] as [([String: String], Bool, Bool, Bool)])
  func theEnvironmentDecides(
    _ environment: [String: String], overwrites: Bool, colors: Bool, blocks: Bool
  ) {
    #expect(
      Console.Abilities(isTerminal: true, environment: environment)
        == .init(overwrites: overwrites, colors: colors, blockCharacters: blocks))
  }

  @Test func aFileGetsNoControlCharacters() {
    let abilities = Console.Abilities(isTerminal: false, environment: ["TERM": "xterm"])
    #expect(!abilities.overwrites && !abilities.colors)
  }

  @Test func linesStayAboveTheStatus() {
    let console = recorder.console()
    console.showStatus("10%")
    console.print("eval")
    console.showStatus("20%")
    #expect(recorder.screen == ["eval", "20%"])
    console.endStatus()
    #expect(recorder.screen == ["eval", "20%", ""])
  }

  @Test func everyLineIsOneWrite() {
    let console = recorder.console(terminal: false)
    console.print("one")
    console.showStatus("never seen")
    console.print("two")
    console.endStatus()
    #expect(recorder.written == ["one\n", "two\n"])
  }

  @Test func aLongStatusIsCut() {
    recorder.columns = 20
    recorder.console().showStatus(String(repeating: "x", count: 100))
    #expect(recorder.screen == [String(repeating: "x", count: 19)])
  }

  @Test func messagesHaveTheirLevel() {
    var logger = Logger(label: "test") { [recorder] _ in
      ConsoleLogHandler(console: recorder.console(terminal: false))
    }
    logger.error("no file", metadata: ["b": "2", "a": "1"])
    logger.warning("built-in corpus")
    logger.info("4 ranks")
    logger.debug("hidden")
    logger.logLevel = .debug
    logger.debug("shown")
    #expect(
      recorder.written == [
        "error: no file a=1 b=2\n", "warning: built-in corpus\n", "4 ranks\n", "debug: shown\n",
      ])
  }

  @Test func colorsAreForTerminals() {
    let logger = Logger(label: "test") { [recorder] _ in
      ConsoleLogHandler(console: recorder.console(colors: true))
    }
    logger.error("no file")
    #expect(recorder.written == ["\u{1b}[1;31merror:\u{1b}[0m no file\n"])
  }

  @Test func anErrorEndsTheProgressBar() {
    let console = recorder.console()
    let logger = Logger(label: "test") { _ in ConsoleLogHandler(console: console) }
    console.showStatus("50%")
    logger.warning("still going")
    #expect(recorder.screen == ["warning: still going", "50%"])
    logger.error("gone")
    #expect(recorder.screen == ["warning: still going", "50%", "error: gone", ""])
  }
}

struct ConsoleReporterTests {
  let recorder = ScreenRecorder()
  let clock = ManualClock()
  let evaluation = EvaluationReport(step: 10, tokens: 1, loss: 2, bitsPerByte: 3, isBest: false)

  func report(_ step: Int) -> StepReport {
    StepReport(
      step: step, totalSteps: 20, tokens: 1, loss: 3, gradientNorm: 1, learningRate: 1,
      rates: .init(tokensPerSecond: 5, stepSeconds: 1, communicationShare: 0), residentBytes: 0,
      remainingSeconds: 1)
  }

  @Test func aFileGetsTheLines() {
    let reporter = ConsoleReporter(
      console: recorder.console(terminal: false), startStep: 0, totalSteps: 20, clock: clock.read)
    reporter.advance(to: 10)
    reporter.report(report(10))
    reporter.report(evaluation)
    reporter.close()
    #expect(recorder.written == [report(10).line + "\n", evaluation.line + "\n"])
  }

  @Test func aTerminalGetsABarBelowTheEvaluations() throws {
    let reporter = ConsoleReporter(
      console: recorder.console(), startStep: 0, totalSteps: 20, clock: clock.read)
    clock.advance(1)
    reporter.report(report(10))
    reporter.report(evaluation)
    clock.advance(1)
    reporter.advance(to: 11)
    let screen = recorder.screen
    #expect(screen.count == 2)
    #expect(screen[0] == evaluation.line)
    #expect(screen[1].contains("55% 11/20 loss 3.0000"))
    reporter.close()
    #expect(recorder.screen.last == "")
  }
}
