// The named shapes.

/// A shape that a configuration may start from, and how it learns from nothing; everything else keeps
/// its default.
package enum Preset: String, Sendable, CaseIterable {
  case nano
  case micro
  case small

  /// The defaults suit larger models. micro on Shakespeare, 500 steps, training and validation loss: 4.5
  /// and 5.14 at 3e-4 with the default's dropout, 4.09 and 5.03 at 1e-3, 3.92 and 5.01 at 1e-3 without
  /// dropout. At 2e-3 it learns slower after the warmup.
  private static let learningRate = 1e-3
  private static let dropout = 0.0

  /// Keys and values on top of the defaults.
  var values: [(key: String, value: JSONValue)] {
    zip(Self.shapeKeys, shape).map { ($0, .number($1)) } + [
      ("model.dropout", .number(Self.dropout)),
      ("schedule.learning_rate", .number(Self.learningRate)),
    ]
  }

  /// Whoever names a preset means these.
  static let shapeKeys = ["model.n_layer", "model.n_head", "model.n_embd"]

  private var shape: [Double] {
    switch self {
    case .nano: [6, 6, 192]
    case .micro: [6, 6, 384]
    case .small: [8, 8, 512]
    }
  }
}
