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
    return try finished(builder)
  }

  /// The segment that starts at or after byte `start` of a large file.
  func part(file index: Int, start: Int) throws(CorpusError) -> Segment {
    let file = plan.files[index]
    let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFile.failure(file.path, errno) }
    defer { _ = close(descriptor) }
    let first = try cut(descriptor, file, near: start)
    let last = try cut(descriptor, file, near: start + plan.segmentLength)
    var bytes = [UInt8](repeating: 0, count: last - first)
    let count = try TextFile.fill(descriptor, at: first, into: &bytes, path: file.path)
    guard count == bytes.count else {
      throw .unreadableFile(path: file.path, reason: "it became shorter while it was read")
    }
    var builder = SegmentBuilder(cleaning)
    try builder.append(
      RawText(file: file, bytes: bytes, offset: first, isEnd: last == file.byteCount))
    return try finished(builder)
  }

  /// Where the segment near `wanted` starts: a function of the file alone.
  private func cut(
    _ descriptor: Int32, _ file: InputFile, near wanted: Int
  ) throws(CorpusError) -> Int {
    if wanted <= 0 { return 0 }
    if wanted >= file.byteCount { return file.byteCount }
    // What stands before a cut decides, too.
    let before = 4
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
      if start + count >= file.byteCount {
        return file.format == .jsonLines
          ? file.byteCount : start + SafeCut.character(in: window.span, from: before)
      }
      if length >= plan.segmentLength && file.format == .text {
        return start + SafeCut.character(in: window.span, from: before)
      }
      length *= 8
    }
  }

  private func finished(_ builder: consuming SegmentBuilder) throws(CorpusError) -> Segment {
    builder.finished()
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
    while cut == nil {
      let before = rest.count
      try reader.read(length + (1 << 16), into: &rest)
      if rest.count > length {
        cut = SafeCut.position(kind, in: rest.span, from: length)
        if cut == nil, file.format == .text, rest.count > 2 * length {
          cut = SafeCut.character(in: rest.span, from: length)
        }
      }
      if rest.count == before {
        isOver = true
        break
      }
    }
    let end = cut ?? rest.count
    let bytes = Array(rest[..<end])
    rest.removeFirst(end)
    let start = offset
    offset += end
    if isSkipped { return Segment() }
    var builder = SegmentBuilder(cleaning)
    try builder.append(RawText(file: file, bytes: bytes, offset: start, isEnd: isOver))
    return builder.finished()
  }
}
