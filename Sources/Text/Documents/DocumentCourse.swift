// Documents that go on over several segments.

/// What of a segment its neighbours need to know.
package struct SegmentOutline: Sendable {
  fileprivate var endCount = 0
  /// Whether the first end is that of an earlier segment's document, of which there is nothing here.
  fileprivate var endsBare = false
  /// Whether there is text behind the last end.
  fileprivate var isOpen = false

  package init() {}

  /// In a fixed order, for sums over ranks.
  package var values: [Int] {
    get { [endCount, endsBare ? 1 : 0, isOpen ? 1 : 0] }
    set {
      precondition(newValue.count == values.count, "an outline of another form")
      (endCount, endsBare, isOpen) = (newValue[0], newValue[1] != 0, newValue[2] != 0)
    }
  }
}

extension Segment {
  package var outline: SegmentOutline {
    var outline = SegmentOutline()
    outline.endCount = documentEnds.count
    outline.endsBare = continues && documentEnds.first == 0
    outline.isOpen = text.count > documentEnds.last ?? 0
    return outline
  }
}

/// Follows the documents of a corpus from segment to segment.
package struct DocumentCourse: Sendable {
  /// Documents that have ended: the number of the one that goes on, or comes next.
  package private(set) var endCount = 0
  /// Whether there is anything yet of the document that goes on.
  private var isOpen = false

  package init() {}

  /// Goes past a segment.
  package mutating func pass(_ outline: SegmentOutline) {
    endCount += outline.endCount - (outline.endsBare && !isOpen ? 1 : 0)
    isOpen = outline.isOpen || (isOpen && outline.endCount == 0)
  }

  /// In the segment that comes next a document begins, not goes on, where all that came of it
  /// before was cleaned away; without a byte it is none.
  package func settle(_ segment: inout Segment) {
    if isOpen || !segment.continues { return }
    if segment.outline.endsBare { segment.documentEnds.removeFirst() }
    segment.continues = false
    segment.measure()
  }
}
