// Ends a text before a string, though it comes in pieces.

/// Passes text on, and holds back what may still become a stop string.
package struct StopScanner {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether a stop string has come. What follows it is dropped.
  package private(set) var hasStopped = false

  package init(_ stops: [[UInt8]]) {
    precondition(!stops.contains([]), "an empty text is everywhere")
    self.stops = stops
  }

  /// What can be shown now that `bytes` have come.
  package mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
    if hasStopped { return [] }
    held += bytes
    var kept = 0
    defer { held.removeFirst(held.count - kept) }
    if let start = held.indices.first(where: { start in
      stops.contains { held[start...].starts(with: $0) }
    }) {
      hasStopped = true
      return Array(held[..<start])
    }
    let start = held.indices.first { start in stops.contains { $0.starts(with: held[start...]) } }
    kept = held.count - (start ?? held.count)
    return held.dropLast(kept)
  }

  /// What was held back, at the end of the text.
  package mutating func finish() -> [UInt8] {
    defer { held = [] }
    return held
  }
}
