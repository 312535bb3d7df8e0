// Ctrl-C: a text ends where it is, and what there is of it stays whole.
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// From now on the first SIGINT only sets a flag, and interrupts waiting for input; a second one
  /// before the flag is taken ends the process.
  static func watch() {
    var action = sigaction()
    let handler: @convention(c) (Int32) -> Void = { number in
      if Interrupt.flag.exchange(true, ordering: .relaxed) {
        _ = signal(number, SIG_DFL)
        raise(number)
      }
    }
    #if canImport(Glibc)
      unsafe action.__sigaction_handler.sa_handler = handler
    #else
      unsafe action.__sa_handler.sa_handler = handler
    #endif
    // Without SA_RESTART, so that a waiting read returns.
    unsafe sigaction(SIGINT, &action, nil)
  }

  static var isPending: Bool { flag.load(ordering: .relaxed) }

  /// Whether there was one since the last call.
  static func take() -> Bool { flag.exchange(false, ordering: .relaxed) }
}
