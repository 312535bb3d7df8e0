// Signals that ask a run to save or to stop. A handler sets a flag; the flag travels with the
// reduction, so that all ranks act at the same step.
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What signals have asked of this process.
package struct StopRequest: Sendable, Equatable {
  /// To save and end at the next step.
  package var stops: Bool
  /// To save and go on.
  package var saves: Bool

  package init(stops: Bool, saves: Bool) {
    self.stops = stops
    self.saves = saves
  }

  package static let none = StopRequest(stops: false, saves: false)

  package mutating func formUnion(_ other: StopRequest) {
    stops = stops || other.stops
    saves = saves || other.saves
  }

  private static let stopFlag = Atomic<Int32>(0)
  private static let saveFlag = Atomic<Int32>(0)
  private static let answersInterrupt = Atomic<Bool>(false)

  /// From now on SIGTERM, SIGUSR1 and SIGHUP ask for a stop after saving, and SIGUSR2 for a save.
  package static func catchSignals() {
    // Whoever reads the output may go away: the run must outlast it.
    _ = signal(SIGPIPE, SIG_IGN)
    for number in [SIGTERM, SIGUSR1] { _ = signal(number, askToStop) }
    // What nohup ignores stays ignored; else a lost terminal is a reason to save.
    let hangUp = signal(SIGHUP, askToStop)
    if unsafe unsafeBitCast(hangUp, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      _ = signal(SIGHUP, SIG_IGN)
    }
    _ = signal(SIGUSR2) { _ in StopRequest.saveFlag.store(1, ordering: .relaxed) }
    // A launcher may have started this process with signals blocked.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGINT] {
      unsafe sigaddset(&signals, number)
    }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// From now on the first SIGINT asks for a stop after saving. The second ends the process at once, as
  /// the first does while there is nothing to save yet.
  /// - Parameter answers: whether to say so on standard error: a step may take long.
  package static func catchInterrupt(answers: Bool) {
    answersInterrupt.store(answers, ordering: .relaxed)
    _ = signal(SIGINT) { number in
      StopRequest.askToStop(number)
      _ = signal(SIGINT, SIG_DFL)
      guard StopRequest.answersInterrupt.load(ordering: .relaxed) else { return }
      // Of all ways to write, a handler may only take this one.
      let answer = StopRequest.interruptAnswer
      _ = unsafe write(STDERR_FILENO, answer.utf8Start, answer.utf8CodeUnitCount)
    }
  }

  private static let interruptAnswer: StaticString =
    "\nsaving after this step; Ctrl-C again ends at once, without saving\n"

  private static let askToStop: @Sendable @convention(c) (Int32) -> Void = { _ in
    StopRequest.stopFlag.store(1, ordering: .relaxed)
  }

  /// What signals have asked so far. A request to save is handed out once.
  package static func pending() -> StopRequest {
    StopRequest(
      stops: stopFlag.load(ordering: .relaxed) != 0,
      saves: saveFlag.exchange(0, ordering: .relaxed) != 0)
  }
}
