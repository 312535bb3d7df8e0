// MPI counts in 32 bits; longer buffers go in several calls.

/// The consecutive ranges of at most `largest` elements that cover `0..<count`.
package struct ChunkedRanges: Sequence, IteratorProtocol {
  private let count: Int
  private let largest: Int
  private var start = 0

  package init(count: Int, largest: Int) {
    precondition(largest >= 1, "a chunk holds at least one element")
    self.count = count
    self.largest = largest
  }

  package mutating func next() -> Range<Int>? {
    guard start < count else { return nil }
    let range = start..<start + Swift.min(largest, count - start)
    start = range.upperBound
    return range
  }
}
