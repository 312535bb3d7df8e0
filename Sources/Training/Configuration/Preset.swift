// The named shapes.

/// A shape that a configuration may start from, and how fast it learns; everything else keeps its
/// default.
package enum Preset: String, Sendable, CaseIterable {
  case nano
  case micro
  case small

  /// Models this small, trained from nothing, learn faster than at the default, which also suits larger ones
  /// and those that are trained on: micro's training loss on Shakespeare after 500 steps is 4.5 at 3e-4. At
  /// 2e-3 its gradients grow after the warmup, and it learns slower.
  private static let learningRate = 1e-3

  /// Keys and values on top of the defaults.
  var values: [(key: String, value: JSONValue)] {
    let shape: (layers: Double, heads: Double, width: Double) =
      switch self {
      case .nano: (6, 6, 192)
      case .micro: (6, 6, 384)
      case .small: (8, 8, 512)
      }
    return [
      ("model.n_layer", .number(shape.layers)), ("model.n_head", .number(shape.heads)),
      ("model.n_embd", .number(shape.width)),
      ("schedule.learning_rate", .number(Self.learningRate)),
    ]
  }
}
