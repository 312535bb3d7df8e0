// What can end a run besides a file or the network of ranks.

package enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A loss or a gradient is infinite or not a number. `ranks` is empty when only the sum over all
  /// ranks is.
  case nonFinite(step: Int, ranks: [Int], loss: Double, gradientNorm: Double)
  /// The validation loss is infinite or not a number.
  case nonFiniteValidation(step: Int, loss: Double)
  /// The loss of a model that only is evaluated.
  case nonFiniteEvaluation(path: String, loss: Double)

  package var description: String {
    switch self {
    case .nonFinite(let step, let ranks, let loss, let gradientNorm):
      let place =
        switch ranks.count {
        case 0: "in the sum over all ranks"
        case 1: "on rank \(ranks[0])"
        default: "on ranks \(ranks.map(String.init).joined(separator: ", "))"
        }
      return "step \(step): loss \(Self.text(loss)), gradient norm \(Self.text(gradientNorm)): "
        + "not finite \(place); "
        + "nothing was updated, and checkpoints saved before are unharmed; \(Self.remedy)"
    case .nonFiniteValidation(let step, let loss):
      return
        "step \(step): validation loss \(Self.text(loss)): not finite; checkpoints saved before are "
        + "unharmed; \(Self.remedy)"
    case .nonFiniteEvaluation(let path, let loss):
      return "\(path): its loss is \(Self.text(loss)): not finite; take another checkpoint"
    }
  }

  /// Swift would also name the sign and the bits of what is no number.
  private static func text(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

  private static let remedy =
    "lower schedule.learning_rate and resume, from an older checkpoint (--resume PATH) if the same "
    + "step fails again, or start anew with a smaller optimizer.gradient_clip (0 clips nothing)"
}
