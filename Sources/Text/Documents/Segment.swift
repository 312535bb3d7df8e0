// Some megabytes of a corpus: what is read, cleaned and tokenized at a time.

/// Neighbouring documents of a corpus, cleaned, in valid UTF-8.
package struct Segment: Sendable {
  package internal(set) var text: [UInt8] = []
  /// Where documents end; what follows the last goes on in the next segment.
  package internal(set) var documentEnds: [Int] = []
  /// Whether the first document began in an earlier segment.
  package internal(set) var continues = false
  package internal(set) var counts = TextCounts()

  init() {}

  package init(_ text: DocumentText) {
    self.text = text.bytes
    documentEnds = text.ends
    measure()
  }

  /// The documents, the last of which may be open.
  package var documents: [Range<Int>] {
    var documents: [Range<Int>] = []
    var start = 0
    for end in documentEnds {
      documents.append(start..<end)
      start = end
    }
    if start < text.count { documents.append(start..<text.count) }
    return documents
  }

  /// Takes documents out, or what this segment has of them, given by their places in ascending
  /// order.
  package mutating func remove(documents removed: [Int]) {
    if removed.isEmpty { return }
    counts.duplicateDocuments += removed.count { $0 < documentEnds.count }
    if removed.first == 0 { continues = false }
    var kept: [UInt8] = []
    kept.reserveCapacity(text.count)
    var ends: [Int] = []
    var rest = removed[...]
    for (index, range) in documents.enumerated() {
      if rest.first == index {
        rest.removeFirst()
        continue
      }
      kept += text[range]
      if index < documentEnds.count { ends.append(kept.count) }
    }
    text = kept
    documentEnds = ends
    measure()
  }

  /// Counts what there is to be tokenized.
  mutating func measure() {
    counts.documents = documentEnds.count
    counts.bytes = text.count
    counts.characters = text.count { $0 & 0xc0 != 0x80 }
  }

  /// The part of this segment that holds the characters `range` of it.
  package func part(characters range: Range<Int>) -> Segment {
    let start = byteOffset(ofCharacter: range.lowerBound)
    let end = byteOffset(ofCharacter: range.upperBound)
    if start == 0 && end == text.count { return self }
    var part = Segment()
    part.text = Array(text[start..<end])
    // An end right at the start belongs to the part before, if there is one.
    part.documentEnds = documentEnds.filter { ($0 > start || start == 0) && $0 <= end }
      .map { $0 - start }
    part.continues = start > 0 || continues
    part.measure()
    return part
  }

  private func byteOffset(ofCharacter wanted: Int) -> Int {
    if wanted >= counts.characters { return text.count }
    var seen = 0
    for (offset, byte) in text.enumerated() where byte & 0xc0 != 0x80 {
      if seen == wanted { return offset }
      seen += 1
    }
    return text.count
  }
}

/// What a corpus holds, and what was taken out of it.
package struct TextCounts: Sendable, Equatable, Codable {
  package var bytes = 0
  package var characters = 0
  package var documents = 0
  package var commentLines = 0
  package var blankLines = 0
  package var duplicateDocuments = 0
  /// Bytes that were not UTF-8 and became U+FFFD.
  package var replacedBytes = 0
  /// Lines that end as on Windows.
  package var windowsLines = 0

  package init() {}

  package static func += (left: inout TextCounts, right: TextCounts) {
    left.values = zip(left.values, right.values).map { $0 + $1 }
  }

  /// All counts in a fixed order, for sums over ranks.
  package var values: [Int] {
    get {
      [
        bytes, characters, documents, commentLines, blankLines, duplicateDocuments, replacedBytes,
        windowsLines,
      ]
    }
    set {
      precondition(newValue.count == values.count, "counts of another form")
      bytes = newValue[0]
      characters = newValue[1]
      documents = newValue[2]
      commentLines = newValue[3]
      blankLines = newValue[4]
      duplicateDocuments = newValue[5]
      replacedBytes = newValue[6]
      windowsLines = newValue[7]
    }
  }
}
