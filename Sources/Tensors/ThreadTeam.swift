// The threads of one rank, and how a layer's work is spread over them.
import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A fixed set of threads that work through numbered tasks together.
///
/// The caller is one of them. Between runs the others spin for some microseconds, since the next
/// layer usually follows at once, and then sleep. Where work is cut may depend on the number of threads,
/// where a sum is cut never does: the same results come from any number.
///
/// `@unchecked Sendable`: `task`, `taskCount` are written by the caller before `generation` is
/// raised and read by workers after they see it raised; the rest is atomic or immutable.
@safe
package final class ThreadTeam: @unchecked Sendable {
  /// Threads that work, the caller included.
  package let threadCount: Int
  /// Where the caller's time goes, once switched on.
  package let clock = PhaseClock()

  private let generation = Atomic<Int>(0)
  private let nextTask = Atomic<Int>(0)
  private let busyWorkers = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isEnding = Atomic<Bool>(false)
  private var taskCount = 0
  private var task: ((Int, Int) -> Void)?
  private var threads: [pthread_t] = []
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Turns of the waiting loop before a thread sleeps; about 50 µs.
  private static let spinCount = 2_000

  package init(threadCount: Int) {
    precondition(threadCount >= 1, "a team needs at least one thread")
    self.threadCount = threadCount
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wakeUp, nil)
    for index in 1..<max(threadCount, 1) { startWorker(index) }
  }

  deinit {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    announceWork()
    for thread in threads { pthread_join(thread, nil) }
    unsafe pthread_cond_destroy(wakeUp)
    unsafe pthread_mutex_destroy(mutex)
    unsafe wakeUp.deallocate()
    unsafe mutex.deallocate()
  }

  /// Calls `body(task, thread)` for every task in `0..<count`, spread over the threads, and returns
  /// when all are done. `thread` in `0..<threadCount` tells whose scratch memory to use. Tasks must
  /// not start runs of their own.
  package func run(_ count: Int, _ body: (_ task: Int, _ thread: Int) -> Void) {
    if threadCount == 1 || count <= 1 {
      for index in 0..<count { body(index, 0) }
      return
    }
    withoutActuallyEscaping(body) { escaping in
      task = escaping
      taskCount = count
      nextTask.store(0, ordering: .relaxed)
      busyWorkers.store(threadCount - 1, ordering: .relaxed)
      announceWork()
      work(thread: 0)
      wait { busyWorkers.load(ordering: .acquiring) == 0 }
      task = nil
    }
  }

  /// Cuts `0..<count` into ranges of at least `minimum` and spreads them over the threads. The cuts
  /// are multiples of `alignment` and depend on `count` only.
  package func runRanges(
    _ count: Int, minimum: Int, alignment: Int = 1, _ body: (_ range: Range<Int>) -> Void
  ) {
    let aim = max(minimum, (count + Self.rangesPerRun - 1) / Self.rangesPerRun)
    let length = (aim + alignment - 1) / alignment * alignment
    runPieces(count, length: length) { range, _ in body(range) }
  }

  /// Cuts `0..<count` into pieces of `length` and spreads them over the threads.
  package func runPieces(
    _ count: Int, length: Int, _ body: (_ range: Range<Int>, _ thread: Int) -> Void
  ) {
    run((count + length - 1) / length) { task, thread in
      body(task * length..<min(count, (task + 1) * length), thread)
    }
  }

  /// Enough pieces for any team to share them evenly, few enough to cost nothing.
  private static let rangesPerRun = 64

  private func work(thread: Int) {
    guard let task else { return }
    while true {
      let index = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= taskCount { return }
      task(index, thread)
    }
  }

  /// Raises the generation and wakes those who sleep.
  private func announceWork() {
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      unsafe pthread_mutex_lock(mutex)
      unsafe pthread_cond_broadcast(wakeUp)
      unsafe pthread_mutex_unlock(mutex)
    }
  }

  private func wait(until condition: () -> Bool) {
    var turns = 0
    while !condition() {
      turns += 1
      // On a shared machine the thread that is waited for may need this very core.
      if turns > Self.spinCount { sched_yield() } else { spinHint() }
    }
  }

  private func waitForGeneration(after seen: Int) {
    for _ in 0..<Self.spinCount {
      if generation.load(ordering: .acquiring) != seen { return }
      spinHint()
    }
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    unsafe pthread_mutex_lock(mutex)
    while generation.load(ordering: .sequentiallyConsistent) == seen {
      unsafe pthread_cond_wait(wakeUp, mutex)
    }
    unsafe pthread_mutex_unlock(mutex)
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
  }

  /// Kernels keep up to 150 KB there; not every system gives threads as much unasked.
  private static let stackBytes = 8 << 20

  /// What a new thread is told. The team is not retained: its `deinit` joins its threads.
  @safe
  private final class Start {
    let team: Unmanaged<ThreadTeam>
    let index: Int
    init(team: ThreadTeam, index: Int) {
      unsafe self.team = .passUnretained(team)
      self.index = index
    }
  }

  private func startWorker(_ index: Int) {
    var thread = pthread_t()
    let start = unsafe Unmanaged.passRetained(Start(team: self, index: index)).toOpaque()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    var code = unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    if code == 0 { code = unsafe pthread_create(&thread, &attributes, threadMain, start) }
    unsafe pthread_attr_destroy(&attributes)
    if code != 0 {
      Exhaustion.report(
        "the system refuses thread \(index + 1) of \(threadCount): \(unsafe String(cString: strerror(code)))"
          + "; raise the limit of processes (ulimit -u, or the container's), or allow fewer cores, as "
          + "in taskset -c 0 trainer …")
    }
    threads.append(thread)
  }

  fileprivate static func serve(_ start: UnsafeMutableRawPointer) {
    let start = unsafe Unmanaged<Start>.fromOpaque(start).takeRetainedValue()
    unsafe start.team._withUnsafeGuaranteedRef { $0.serve(thread: start.index) }
  }

  private func serve(thread: Int) {
    var seen = 0
    while true {
      waitForGeneration(after: seen)
      seen += 1
      if isEnding.load(ordering: .sequentiallyConsistent) { return }
      work(thread: thread)
      busyWorkers.wrappingSubtract(1, ordering: .releasing)
    }
  }
}

private func threadMain(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let start = unsafe start { unsafe ThreadTeam.serve(start) }
  return nil
}

/// Tells the core that this is a waiting loop.
@inline(__always)
private func spinHint() { ck_spin_hint() }
