// Which part of a growing text a model sees.

/// A text that outgrows the context loses its oldest half-contexts. Positions are learned, so every
/// shift means reading the window again: one for each half context costs little, where one for each
/// token would cost as much as having no cache.
package struct ContextWindow: Sendable, Equatable {
  let contextLength: Int

  package init(contextLength: Int) { self.contextLength = contextLength }

  /// The first of `count` tokens that the model sees when it says what follows them.
  package func start(count: Int) -> Int {
    guard count > contextLength else { return 0 }
    let step = max(1, contextLength / 2)
    return (count - contextLength + step - 1) / step * step
  }
}
