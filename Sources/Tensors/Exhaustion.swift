// What the system refuses where nothing can be unwound any more.
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The end of a process that gets no more memory or no more threads.
package enum Exhaustion {
  private static let rank = Atomic<Int>(-1)

  /// From now on messages name the rank, as the message of one among many should.
  package static func name(rank: Int) { Self.rank.store(rank, ordering: .relaxed) }

  /// Tells the user once and ends the process; a launcher then ends the other ranks.
  static func report(_ text: String) -> Never {
    let rank = Self.rank.load(ordering: .relaxed)
    let message = "error: \(rank < 0 ? "" : "rank \(rank): ")\(text)\n"
    _ = unsafe message.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
    exit(2)
  }
}
