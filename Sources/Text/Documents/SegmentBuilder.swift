// From the raw bytes of files to a segment of clean documents.

/// Neighbouring bytes of one file.
struct RawText {
  let file: InputFile
  var bytes: [UInt8]
  /// Where they start in the file, uncompressed.
  let offset: Int
  /// Whether they begin a document, or go on with one.
  var startsDocument = true
  /// Whether they reach to the file's end.
  let isEnd: Bool
}

/// Collects the documents of one segment.
struct SegmentBuilder {
  /// Ends a document wherever it stands in a text.
  static let marker = Array("<|endoftext|>".utf8)
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  private let cleaning: TextCleaning
  private var segment = Segment()
  /// Where the present document starts in the segment's text.
  private var documentStart = 0

  init(_ cleaning: TextCleaning) { self.cleaning = cleaning }

  consuming func finished() -> Segment {
    segment.measure()
    return segment
  }

  /// - Throws: `CorpusError.invalidUTF8` with the place in the file, `.badLine` for one that is no
  ///   JSON object with a text.
  mutating func append(_ raw: RawText) throws(CorpusError) {
    var raw = raw
    try validate(&raw)
    if raw.offset == 0 && raw.bytes.starts(with: Self.byteOrderMark) { raw.bytes.removeFirst(3) }
    switch raw.file.format {
    case .text: append(text: raw)
    case .jsonLines: try append(lines: raw)
    }
  }

  private mutating func validate(_ raw: inout RawText) throws(CorpusError) {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: raw.bytes.span)
    } catch {
      guard cleaning.replacesInvalid else {
        throw .invalidUTF8(
          path: raw.file.path, offset: raw.offset + error.byteOffsets.lowerBound)
      }
      let repaired = UTF8Coding.repaired(raw.bytes)
      raw.bytes = repaired.text
      segment.counts.replacedBytes += repaired.replacedCount
    }
  }

  private mutating func append(text raw: RawText) {
    if !raw.startsDocument { segment.continues = true }
    var rest = raw.bytes[...]
    while let at = Self.marker(in: rest) {
      // The line break before the marker and the one behind it belong to the marker's line.
      cleaning.append(Self.withoutLastBreak(rest[..<at]), to: &segment)
      endDocument()
      rest = Self.withoutFirstBreak(rest[(at + Self.marker.count)...])
    }
    cleaning.append(rest, to: &segment)
    if raw.isEnd { endDocument() }
  }

  private static func marker(in text: ArraySlice<UInt8>) -> Int? {
    let first = marker[0]
    var from = text.startIndex
    while let at = text[from...].firstIndex(of: first) {
      if text[at...].starts(with: marker) { return at }
      from = at + 1
    }
    return nil
  }

  private static func withoutLastBreak(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard text.last == UInt8(ascii: "\n") else { return text }
    let rest = text.dropLast()
    return rest.last == UInt8(ascii: "\r") ? rest.dropLast() : rest
  }

  private static func withoutFirstBreak(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let rest = text.first == UInt8(ascii: "\r") ? text.dropFirst() : text
    return rest.first == UInt8(ascii: "\n") ? rest.dropFirst() : text
  }

  /// Documents without a byte are none; of one that began before, only `DocumentCourse` knows.
  private mutating func endDocument() {
    let isOpen = segment.continues && segment.documentEnds.isEmpty
    if segment.text.count > documentStart || isOpen {
      segment.documentEnds.append(segment.text.count)
    }
    documentStart = segment.text.count
  }

  private mutating func append(lines raw: RawText) throws(CorpusError) {
    var start = 0
    while start < raw.bytes.count {
      let newline = raw.bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      let end = newline ?? raw.bytes.count
      let line = raw.bytes[start..<end]
      if line.contains(where: { $0 > 0x20 }) {
        let document: JSONDocument
        do {
          document = try JSONDocument(line: line, replacesInvalid: cleaning.replacesInvalid)
        } catch {
          throw .badLine(
            path: raw.file.path, offset: raw.offset + start, line: nil, reason: error.reason)
        }
        segment.counts.replacedBytes += document.replacedCount
        cleaning.append(document.text[...], to: &segment)
        endDocument()
      }
      start = end + 1
    }
  }
}
