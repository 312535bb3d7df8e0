// How far an exported model may be from its original, by the format of its weights.
import Tensors

extension ExportProof {
  package struct Limits: Sendable, Equatable {
    package var logitDifference: Float
    /// Relative: 0.005 is half a percent.
    package var perplexityRise: Double
    package var greedyTokensMustAgree: Bool

    package init(
      logitDifference: Float, perplexityRise: Double, greedyTokensMustAgree: Bool
    ) {
      self.logitDifference = logitDifference
      self.perplexityRise = perplexityRise
      self.greedyTokensMustAgree = greedyTokensMustAgree
    }

    /// Of the same numbers in another file.
    package static let exact = Limits(
      logitDifference: 1e-3, perplexityRise: 1e-3, greedyTokensMustAgree: true)

    /// Beyond these the user is warned.
    package static func warning(_ format: TensorFormat) -> Limits {
      let rise: Double
      switch format {
      case .f32: return .exact
      case .f16: rise = 0.001
      case .bf16, .q8: rise = 0.005
      case .q6K: rise = 0.01
      case .q5, .q5K: rise = 0.03
      case .q4, .q4K: rise = 0.08
      case .q4Affine, .q5Affine, .q2K, .q3K, .iq4NL, .iq4XS:
        preconditionFailure("\(format.rawValue) is only read")
      }
      return Limits(
        logitDifference: .infinity, perplexityRise: rise, greedyTokensMustAgree: false)
    }

    /// Beyond these no rounding explains it, or it leaves nothing.
    package static func refusal(_ format: TensorFormat) -> Limits {
      var limits = warning(format)
      if format != .f32 { limits.perplexityRise *= 10 }
      return limits
    }
  }
}

extension TensorFormat {
  /// Whether `stored` is what rounding makes of `original`, and whether it is the same.
  package func compare(
    _ original: Vector, _ stored: Vector
  ) -> (isEqual: Bool, isExplained: Bool) {
    precondition(original.count == stored.count, "\(original.count) and \(stored.count) values")
    let (ours, theirs) = unsafe (original.pointer, stored.pointer)
    var isEqual = true
    for first in stride(from: 0, to: original.count, by: blockLength) {
      let block = first..<min(original.count, first + blockLength)
      var (magnitude, difference): (Float, Float) = (0, 0)
      for index in block {
        let (own, other) = unsafe (ours[index], theirs[index])
        magnitude = max(magnitude, abs(own))
        // What is not a number stays.
        let distance = abs(own - other)
        if !(distance <= difference || difference.isNaN) { difference = distance }
      }
      if difference == 0 { continue }
      isEqual = false
      let bound = rounding.share * magnitude + rounding.steps * Self.smallestStep
      if !(difference <= bound) { return (false, false) }
    }
    return (isEqual, true)
  }

  /// How far a stored value may be from the original: a share of the largest in its block, and so
  /// many times what a tiny half may be off by, which scales are.
  private var rounding: (share: Float, steps: Float) {
    switch self {
    case .f32: (0, 0)
    // Half a unit in the last place.
    case .f16: (0x1p-11, 1)
    // Its smallest step is as far below that of a half.
    case .bf16: (0x1p-8, 0x1p-109)
    // Half a step, or a whole one where the integers have no counterpart to the largest; the scale
    // is rounded too.
    case .q8: (0.5 / 127 + 0x1p-11, 127)
    case .q5: (1 / 16 + 0x1p-10, 16)
    case .q4: (1 / 8 + 0x1p-10, 8)
    // Scales of parts of the block are small integers, and chosen for the sum of squares.
    case .q6K: (0.05, 128 * 32)
    case .q5K: (0.1, 64 * 32)
    case .q4K: (0.2, 64 * 16)
    case .q4Affine, .q5Affine, .q2K, .q3K, .iq4NL, .iq4XS:
      preconditionFailure("\(rawValue) is only read")
    }
  }

  private static let smallestStep: Float = 0x1p-25
}
