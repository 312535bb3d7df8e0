// The named shapes.

/// A shape that a configuration may start from; everything else keeps its default.
package enum Preset: String, Sendable, CaseIterable {
  case nano
  case micro
  case small

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
    ]
  }
}
