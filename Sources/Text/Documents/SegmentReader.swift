// Reads the units of a plan as segments of clean text.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct SegmentReader {
  let plan: InputPlan
  let cleaning: TextCleaning

  private func cutKind(_ file: InputFile) -> SafeCut.Kind {
    file.format == .jsonLines || cleaning.changesLines ? .afterLine : .betweenPieces
  }

  /// - Throws: `CorpusError`
  func files(_ range: Range<Int>) throws(CorpusError) -> Segment {
    var builder = SegmentBuilder(cleaning)
    for index in range {
      let file = plan.files[index]
      var bytes: [UInt8] = []
      if file.isCompressed {
        try GzipReader(path: file.path).read(.max, into: &bytes)
      } else {
        bytes = try TextFile.contents(file.path)
      }
      try builder.append(RawText(file: file, bytes: bytes, offset: 0, isEnd: true))
    }
    return builder.finished()
  }

  /// The segment that starts at or after byte `start` of a large file.
  func part(file index: Int, start: Int) throws(CorpusError) -> Segment {
    let file = plan.files[index]
    let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(file.path, errno) }
    defer { _ = close(descriptor) }
    let first = try cut(descriptor, file, near: start)
    let last = try cut(descriptor, file, near: start + plan.segmentLength)
    if first == last { return Segment() }
    // What stands before the segment tells whether a document begins with it.
    let before = min(first, SafeCut.lookBehind)
    var bytes = [UInt8](repeating: 0, count: last - first + before)
    let count = try TextFile.fill(descriptor, at: first - before, into: &bytes, path: file.path)
    guard count == bytes.count else {
      throw .unreadableFile(path: file.path, reason: "it became shorter while it was read")
    }
    let startsDocument = first == 0 || SafeCut.endsDocument(bytes.span, at: before)
    bytes.removeFirst(before)
    var builder = SegmentBuilder(cleaning)
    try builder.append(
      RawText(
        file: file, bytes: bytes, offset: first, startsDocument: startsDocument,
        isEnd: last == file.byteCount))
    return builder.finished()
  }

  /// Where the segment near `wanted` starts: a function of the file alone.
  private func cut(
    _ descriptor: Int32, _ file: InputFile, near wanted: Int
  ) throws(CorpusError) -> Int {
    if wanted <= 0 { return 0 }
    if wanted >= file.byteCount { return file.byteCount }
    let before = min(wanted, SafeCut.lookBehind)
    var window: [UInt8] = []
    var length = 1 << 16
    while true {
      let start = wanted - before
      window = [UInt8](repeating: 0, count: min(length, file.byteCount - start))
      let count = try TextFile.fill(descriptor, at: start, into: &window, path: file.path)
      if let cut = SafeCut.position(
        cutKind(file), in: window.span.extracting(0..<count), from: before)
      {
        return start + cut
      }
      let reachesEnd = start + count >= file.byteCount
      if reachesEnd && (file.format == .jsonLines || file.byteCount - wanted <= plan.segmentLength)
      {
        return file.byteCount
      }
      if reachesEnd || (length >= plan.segmentLength && file.format == .text) {
        return start + SafeCut.character(in: window.span.extracting(0..<count), from: before)
      }
      length *= 8
    }
  }
}

/// The segments of a large compressed file, one after the other.
struct CompressedSegments {
  private let file: InputFile
  private let reader: GzipReader
  private let cleaning: TextCleaning
  private let length: Int
  private var rest: [UInt8] = []
  private var offset = 0
  private var isOver = false
  private var startsDocument = true
  /// Bytes that are read beyond a segment to find its end in.
  private static let lookAhead = 1 << 16

  init(_ file: InputFile, _ cleaning: TextCleaning, length: Int) throws(CorpusError) {
    self.file = file
    self.cleaning = cleaning
    self.length = length
    reader = try GzipReader(path: file.path)
  }

  /// The next segment, nil after the last. One that another rank takes is only passed over.
  mutating func next(skipping isSkipped: Bool) throws(CorpusError) -> Segment? {
    if isOver { return nil }
    let kind: SafeCut.Kind =
      file.format == .jsonLines || cleaning.changesLines ? .afterLine : .betweenPieces
    var cut: Int?
    var wanted = max(rest.count, length + Self.lookAhead)
    while cut == nil {
      try reader.read(wanted - rest.count, into: &rest)
      if rest.count > length {
        cut = SafeCut.position(kind, in: rest.span, from: length)
        if cut == nil, file.format == .text, rest.count > 2 * length {
          let character = SafeCut.character(in: rest.span, from: length)
          if character < rest.count { cut = character }
        }
      }
      if cut == nil && rest.count < wanted {
        isOver = true
        break
      }
      wanted += length
    }
    let end = cut ?? rest.count
    let (begins, nextBegins) = (startsDocument, SafeCut.endsDocument(rest.span, at: end))
    startsDocument = nextBegins
    let bytes = Array(rest[..<end])
    rest.removeFirst(end)
    let start = offset
    offset += end
    if isSkipped { return Segment() }
    var builder = SegmentBuilder(cleaning)
    try builder.append(
      RawText(file: file, bytes: bytes, offset: start, startsDocument: begins, isEnd: isOver))
    return builder.finished()
  }
}
