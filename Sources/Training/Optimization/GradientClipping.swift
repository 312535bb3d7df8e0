// Clipping by the global norm of the mean gradient.

package enum GradientClipping {
  /// What multiplies the gradients so that their norm stays below `limit`; 1 where `limit` is 0.
  /// The small constant is PyTorch's, so that both trainers take the same steps.
  package static func factor(norm: Double, limit: Double) -> Double {
    limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
  }
}
