// Rates of training, derived in one place.

/// Measures steps: evaluation, saving and reporting between them do not count.
package struct ThroughputMeter {
  /// Means over the steps since the last report; zeros when there was none.
  package struct Rates: Sendable, Equatable {
    package let tokensPerSecond: Double
    package let stepSeconds: Double
    /// Part of the step time spent waiting for and exchanging data with other ranks, 0…1.
    package let communicationShare: Double

    package init(tokensPerSecond: Double, stepSeconds: Double, communicationShare: Double) {
      self.tokensPerSecond = tokensPerSecond
      self.stepSeconds = stepSeconds
      self.communicationShare = communicationShare
    }
  }

  private let clock: () -> Double
  private var stepStart: Double?
  private var steps = 0
  private var tokens = 0
  private var seconds = 0.0
  private var communicationSeconds = 0.0

  /// - Parameter clock: seconds, never going backwards.
  package init(clock: @escaping () -> Double = MonotonicClock.seconds) { self.clock = clock }

  package mutating func beginStep() { stepStart = clock() }

  /// Runs `body`, whose time counts as communication of the step that has begun.
  package mutating func measureCommunication<Result>(
    _ body: () throws -> Result
  ) rethrows -> Result {
    let start = clock()
    defer { communicationSeconds += clock() - start }
    return try body()
  }

  /// - Parameter tokens: target tokens of the step, on all ranks.
  package mutating func endStep(tokens: Int) {
    guard let start = stepStart else { preconditionFailure("no step has begun") }
    seconds += clock() - start
    steps += 1
    self.tokens += tokens
    stepStart = nil
  }

  /// The means since the last call.
  package mutating func takeRates() -> Rates {
    defer { (steps, tokens, seconds, communicationSeconds) = (0, 0, 0, 0) }
    return Rates(
      tokensPerSecond: seconds > 0 ? Double(tokens) / seconds : 0,
      stepSeconds: steps > 0 ? seconds / Double(steps) : 0,
      communicationShare: seconds > 0 ? min(1, communicationSeconds / seconds) : 0)
  }
}

/// How long work will still take, from its mean pace so far, breaks included.
package struct RemainingTime: Sendable {
  private let startTime: Double
  private let startCount: Int
  private let total: Int

  /// - Parameters:
  ///   - startCount: how much was done before, in an earlier process for example.
  ///   - time: the clock's reading now, in seconds.
  package init(total: Int, startCount: Int = 0, time: Double) {
    self.total = total
    self.startCount = startCount
    startTime = time
  }

  /// Units of work per second; 0 before the first.
  package func rate(done: Int, time: Double) -> Double {
    let elapsed = time - startTime
    return done > startCount && elapsed > 0 ? Double(done - startCount) / elapsed : 0
  }

  /// Nil before the first unit of work is done.
  package func seconds(done: Int, time: Double) -> Double? {
    let rate = rate(done: done, time: time)
    return rate > 0 ? Double(max(0, total - done)) / rate : nil
  }
}
