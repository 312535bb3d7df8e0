// What the coordinator tells every rank: before a step what to do, after the reduction how to end it.

/// The plan of one step, the same on every rank.
package struct StepPlan: Sendable, Equatable {
  /// Number of the step, from 1.
  package var step: Int
  package var learningRate: Double
  /// Whether to evaluate, and to save, after the update.
  package var evaluates: Bool
  package var saves: Bool
  /// Whether it is the last step because the time is up.
  package var isOutOfTime: Bool

  package init(
    step: Int, learningRate: Double, evaluates: Bool, saves: Bool, isOutOfTime: Bool = false
  ) {
    self.isOutOfTime = isOutOfTime
    self.step = step
    self.learningRate = learningRate
    self.evaluates = evaluates
    self.saves = saves
  }

  /// Fixed-size form for sending.
  package var bytes: [UInt8] {
    MessageWords.bytes(of: [
      UInt64(bitPattern: Int64(step)), learningRate.bitPattern, evaluates ? 1 : 0, saves ? 1 : 0,
      isOutOfTime ? 1 : 0,
    ])
  }

  package init(bytes: [UInt8]) {
    let words = MessageWords.words(of: bytes)
    self.init(
      step: Int(Int64(bitPattern: words[0])), learningRate: Double(bitPattern: words[1]),
      evaluates: words[2] != 0, saves: words[3] != 0, isOutOfTime: words[4] != 0)
  }
}

/// What the coordinator decides once the sums over all ranks are known.
package struct StepDecision: Sendable, Equatable {
  /// Multiplies the summed gradients: clip factor over global token count.
  package var gradientScale: Double
  /// What signals have asked for, on any rank.
  package var request: StopRequest

  package var bytes: [UInt8] {
    MessageWords.bytes(of: [
      gradientScale.bitPattern, request.saves ? 1 : 0, request.stops ? 1 : 0,
    ])
  }

  package init(gradientScale: Double, request: StopRequest) {
    self.gradientScale = gradientScale
    self.request = request
  }

  package init(bytes: [UInt8]) {
    let words = MessageWords.words(of: bytes)
    self.init(
      gradientScale: Double(bitPattern: words[0]),
      request: StopRequest(stops: words[2] != 0, saves: words[1] != 0))
  }
}

/// 64-bit words as little-endian bytes.
enum MessageWords {
  static func bytes(of words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  static func words(of bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: 8).map { first in
      (0..<8).reduce(0) { $0 | UInt64(bytes[first + $1]) << (8 * UInt64($1)) }
    }
  }
}
