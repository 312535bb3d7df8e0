// Where the time of a training step goes.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Parts of a step whose time is told apart.
package enum Phase: Int, CaseIterable, Sendable {
  case embedding
  /// Layer norms, and dropout and addition on the residual stream.
  case norms
  /// From a block's norm to queries, keys and values.
  case qkv
  case attention
  /// From attention's output back to the residual stream.
  case projection
  case feedForward
  /// Head, softmax and loss.
  case head
  /// Gradients set to zero, their norm, and the update.
  case optimizer
  /// Sums over ranks.
  case reduction
  /// For slower ranks.
  case waiting

  package var name: String {
    switch self {
    case .embedding: "embedding"
    case .norms: "norms, residual"
    case .qkv: "qkv"
    case .attention: "attention"
    case .projection: "projection"
    case .feedForward: "feed-forward"
    case .head: "head and loss"
    case .optimizer: "optimizer"
    case .reduction: "reduction"
    case .waiting: "waiting"
    }
  }
}

/// Adds up time, arithmetic and memory traffic of each phase, once it is switched on. Only the
/// thread that leads a team calls it.
package final class PhaseClock {
  package struct Total: Sendable, Equatable {
    package var seconds = 0.0
    /// Floating-point operations of matrix products; a multiplication and an addition are two.
    package var operations = 0.0
    /// Bytes that must be read and written if nothing stays in a cache; 0 where products dominate.
    package var bytes = 0.0

    package init() {}
  }

  package init() {}

  package private(set) var totals = [Total](repeating: Total(), count: Phase.allCases.count)
  /// Whether steps are measured.
  package var isEnabled = false
  /// Whether a step that is measured is under way; evaluations between steps are not.
  package private(set) var isRunning = false
  package private(set) var stepCount = 0
  /// Of all measured steps together.
  package private(set) var stepSeconds = 0.0

  package subscript(phase: Phase) -> Total { totals[phase.rawValue] }

  /// Runs `body` as one step.
  package func measureStep<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard isEnabled else { return try body() }
    let start = Self.now()
    isRunning = true
    defer {
      isRunning = false
      stepSeconds += Self.now() - start
      stepCount += 1
    }
    return try body()
  }

  /// Runs `body` as a part of `phase`. Phases do not nest.
  package func measure<Result>(
    _ phase: Phase, operations: Double = 0, bytes: Int = 0, _ body: () throws -> Result
  ) rethrows -> Result {
    guard isRunning else { return try body() }
    let start = Self.now()
    defer {
      totals[phase.rawValue].seconds += Self.now() - start
      totals[phase.rawValue].operations += operations
      totals[phase.rawValue].bytes += Double(bytes)
    }
    return try body()
  }

  static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
