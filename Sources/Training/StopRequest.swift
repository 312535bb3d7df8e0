// Signals that ask a run to save or to stop. A handler only sets a flag; the flag travels with the
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

  private static let stopFlag = Atomic<Int32>(0)
  private static let saveFlag = Atomic<Int32>(0)

  /// From now on SIGTERM, SIGUSR1, SIGHUP and the first SIGINT ask for a stop after saving, and SIGUSR2 for
  /// a save. A second SIGINT ends the process at once, as it would have without us.
  package static func installSignalHandlers() {
    // Whoever reads the output may go away, a terminal may be lost: the run must outlast both.
    _ = signal(SIGPIPE, SIG_IGN)
    for number in [SIGTERM, SIGUSR1, SIGHUP] {
      _ = signal(number) { _ in StopRequest.stopFlag.store(1, ordering: .relaxed) }
    }
    _ = signal(SIGUSR2) { _ in StopRequest.saveFlag.store(1, ordering: .relaxed) }
    _ = signal(SIGINT) { _ in
      StopRequest.stopFlag.store(1, ordering: .relaxed)
      _ = signal(SIGINT, SIG_DFL)
    }
    // A launcher may have started this process with signals blocked.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGTERM, SIGUSR1, SIGUSR2, SIGINT] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// What signals have asked so far. A request to save is handed out once.
  package static func pending() -> StopRequest {
    StopRequest(
      stops: stopFlag.load(ordering: .relaxed) != 0,
      saves: saveFlag.exchange(0, ordering: .relaxed) != 0)
  }
}
