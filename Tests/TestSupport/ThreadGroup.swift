// What the ranks of a ThreadCommunicator share: a meeting point, and threads without Foundation.
import Glibc
import Synchronization
import Tensors

/// What a rank brings to a meeting.
enum ThreadMessage: Sendable {
  case nothing
  case floats([Float])
  case doubles([Double])
  case bytes([UInt8])
  /// Memory to share, not a copy of what it holds.
  case buffer(FloatBuffer)
}

/// The meeting point of a fixed number of ranks, each a thread.
///
/// `@unchecked Sendable`: all state is used with `mutex` held.
@safe
final class ThreadGroup: @unchecked Sendable {
  private let size: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var arrived: [(call: String, message: ThreadMessage)?]
  private var gathered: [ThreadMessage] = []
  private var meetings = 0
  private var left: Set<Int> = []
  private var firstError: (any Error)?

  init(size: Int) {
    self.size = size
    arrived = Array(repeating: nil, count: size)
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Waits until every rank has brought its message and returns all of them, by rank.
  func exchange(_ message: ThreadMessage, call: String, rank: Int) throws -> [ThreadMessage] {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    for (other, arrival) in arrived.enumerated() {
      guard let arrival, arrival.call != call else { continue }
      throw fail(
        ThreadGroupError.callsDiffer(
          rank: rank, call: call, otherRank: other, otherCall: arrival.call))
    }
    arrived[rank] = (call, message)
    let meeting = meetings
    if arrived.allSatisfy({ $0 != nil }) {
      gathered = arrived.compactMap { $0?.message }
      arrived = Array(repeating: nil, count: size)
      meetings += 1
      unsafe pthread_cond_broadcast(changed)
    }
    while meetings == meeting {
      if let firstError { throw firstError }
      if !left.isEmpty { throw fail(ThreadGroupError.rankEnded(rank: rank, call: call)) }
      unsafe pthread_cond_wait(changed, mutex)
    }
    // No rank can reach the next meeting's end before this one has left this one.
    return gathered
  }

  /// Rank `rank` is done, with an error or without.
  func leave(rank: Int, error: (any Error)?) {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    left.insert(rank)
    if let error { fail(error) }
    unsafe pthread_cond_broadcast(changed)
  }

  /// Returns when every rank is done: the first error, if there was one.
  func waitForAll() -> (any Error)? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while left.count < size { unsafe pthread_cond_wait(changed, mutex) }
    return firstError
  }

  @discardableResult
  private func fail(_ error: any Error) -> any Error {
    if firstError == nil { firstError = error }
    unsafe pthread_cond_broadcast(changed)
    return firstError ?? error
  }
}

/// What each rank returned.
final class ResultsByRank<Result: Sendable>: Sendable {
  private let values: Mutex<[Result?]>

  init(count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

  func set(_ value: Result, rank: Int) { values.withLock { $0[rank] = value } }
  func all() -> [Result] { values.withLock { $0.compactMap { $0 } } }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a detached thread.
package func startThread(_ run: @escaping @Sendable () -> Void) {
  let body = unsafe Unmanaged.passRetained(ThreadBody(run))
  var thread = pthread_t()
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      if let argument = unsafe argument {
        unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      }
      return nil
    }, body.toOpaque())
  precondition(code == 0, "the system refuses another thread")
  pthread_detach(thread)
}
