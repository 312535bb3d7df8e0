// What a training step computes twice to need less memory.

/// Activations that are not kept for every layer but computed again in the backward pass, with
/// bitwise the same result.
package enum Recompute: String, Sendable, CaseIterable {
  case none
  /// Queries, keys, values and attention's output: a quarter of a block's memory.
  case attention
  /// Everything inside a block; only the residual stream between blocks is kept.
  case block
}
