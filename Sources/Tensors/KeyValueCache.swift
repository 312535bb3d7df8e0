// Keys and values that an attention layer keeps of the tokens it has read.
import CKernels

// Legend: T positions, H heads of width d, C = H·d.

/// One layer's cache: a new token attends to all earlier ones without their being computed again.
package struct KeyValueCache: Sendable {
  package let headCount: Int
  package let headWidth: Int
  /// Positions there is room for, in whole groups of keys.
  private let capacity: Int
  /// H × groups of T × d × group: a group's keys lie transposed.
  private let keys: Vector
  /// H × T × d.
  private let values: Vector

  private static let group = Int(CK_KEY_GROUP)

  /// - Parameter contextLength: most tokens that are kept.
  package init(headCount: Int, headWidth: Int, contextLength: Int) {
    self.headCount = headCount
    self.headWidth = headWidth
    capacity = Self.scoreCount(contextLength: contextLength)
    keys = .zeros(headCount * capacity * headWidth)
    values = .zeros(headCount * capacity * headWidth)
  }

  /// Floats of scratch of one thread.
  package static func scoreCount(contextLength: Int) -> Int {
    (contextLength + group - 1) / group * group
  }

  /// Keeps a head's key and value of the token at `position`; each has d floats.
  package func store(head: Int, position: Int, key: Vector, value: Vector) {
    precondition(
      head < headCount && position < capacity && key.count == headWidth
        && value.count == headWidth, "cache: head \(head), position \(position)")
    values[range(head, position, 1)].copy(from: value)
    let (group, place) = position.quotientAndRemainder(dividingBy: Self.group)
    let target = keys[range(head, group * Self.group, Self.group)]
    for index in 0..<headWidth { target[index * Self.group + place] = key[index] }
  }

  /// out = softmax(query · keys / √d) · values, over the head's first `count` positions, on the
  /// calling thread; query and out have d floats.
  /// - Parameter scores: `scoreCount(contextLength:)` floats of scratch.
  package func attend(head: Int, count: Int, query: Vector, into out: Vector, scores: Vector) {
    precondition(
      head < headCount && count >= 1 && count <= capacity && query.count == headWidth
        && out.count == headWidth && scores.count >= Self.scoreCount(contextLength: count),
      "cache: head \(head), \(count) positions")
    unsafe ck_attend(
      out.pointer, query.pointer, keys[range(head, 0, capacity)].pointer,
      values[range(head, 0, capacity)].pointer, count, headWidth,
      1 / Float(headWidth).squareRoot(), scores.pointer)
  }

  private func range(_ head: Int, _ first: Int, _ count: Int) -> Range<Int> {
    let start = (head * capacity + first) * headWidth
    return start..<start + count * headWidth
  }
}
