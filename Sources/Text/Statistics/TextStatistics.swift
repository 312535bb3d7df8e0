// What a text is made of: sizes, characters that surprise, long lines and duplicates.

/// Collects the statistics of documents that come in chunks, in memory that does not grow with them:
/// lines and documents are kept as hashes. Chunks may end anywhere, inside a character as well.
///
/// The text is valid UTF-8; anything else gives other numbers, no fault.
package struct TextStatistics: Sendable {
  /// A line among the longest.
  package struct Line: Sendable, Equatable {
    /// From 1, over all documents.
    package let number: Int
    /// Characters without the line end.
    package let length: Int
    /// The first characters, up to `beginningLength`.
    package let beginning: [UInt8]
  }

  /// Copies among lines or documents.
  package struct Duplicates: Sendable, Equatable {
    /// Lines or documents that were compared.
    package let total: Int
    /// Those that occurred before; an estimate where `isEstimate`.
    package let count: Int
    package let isEstimate: Bool

    package var share: Double { total == 0 ? 0 : Double(count) / Double(total) }
  }

  /// Shorter lines repeat in every text ("Yes.", "}", a speaker's name).
  package static let comparedLineLength = 40
  package static let longestLineCount = 3
  package static let beginningLength = 40

  /// Hashes of lines, and of documents: at most 48 MB each, and as much again while they grow.
  package static let hashLimit = 1 << 21

  package private(set) var byteCount = 0
  /// Unicode scalars.
  package private(set) var characterCount = 0
  /// The last one counts without a line end too.
  package private(set) var lineCount = 0
  package private(set) var documentCount = 0
  /// Line ends of two characters, CR LF.
  package private(set) var windowsLineEndCount = 0
  package private(set) var tabCount = 0
  /// Control characters other than tab and line ends.
  package private(set) var controlCount = 0
  /// Zero-width and direction marks, soft hyphens, byte order marks.
  package private(set) var invisibleCount = 0
  /// U+FFFD, in place of invalid bytes.
  package private(set) var replacementCount = 0
  /// Longest first; among equally long ones the first.
  package private(set) var longestLines: [Line] = []

  private var comparedLineCount = 0
  private var lines: HashCounts
  private var documents: HashCounts
  private var decoder = ScalarDecoder()
  private var line = OpenLine()
  private var documentHash: UInt64 = 0
  private var isDocumentOpen = false

  /// The line that has not ended yet.
  private struct OpenLine {
    var length = 0
    var hash = TextStatistics.hashBasis
    var beginning: [UInt8] = []
    var endsInCarriageReturn = false
    var isEmpty = true
  }

  /// FNV-1a.
  private static let hashBasis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let hashPrime: UInt64 = 0x0000_0100_0000_01b3

  /// - Parameter hashLimit: above so many hashes, a sample of them stands for all.
  package init(hashLimit: Int = Self.hashLimit) {
    lines = HashCounts(limit: hashLimit)
    documents = HashCounts(limit: hashLimit)
  }

  /// Goes on with the open document.
  package mutating func add(_ bytes: ArraySlice<UInt8>) {
    if bytes.isEmpty { return }
    isDocumentOpen = true
    byteCount += bytes.count
    for byte in bytes { take(byte) }
  }

  /// Ends the open document, and its last line; one without a byte does not count.
  package mutating func endDocument() {
    guard isDocumentOpen else { return }
    if !line.isEmpty { endLine(with: 0) }
    documents.insert(HashCounts.mixed(documentHash))
    documentCount += 1
    documentHash = 0
    isDocumentOpen = false
    decoder = ScalarDecoder()
  }

  /// Lines of at least `comparedLineLength` characters that occurred before.
  package var duplicateLines: Duplicates { Self.duplicates(lines, total: comparedLineCount) }

  /// Documents that occurred before, byte for byte.
  package var duplicateDocuments: Duplicates { Self.duplicates(documents, total: documentCount) }

  private static func duplicates(_ counts: HashCounts, total: Int) -> Duplicates {
    let sampled = counts.total
    let share = sampled == 0 ? 0 : Double(counts.repeated) / Double(sampled)
    return Duplicates(
      total: total,
      count: counts.isComplete ? counts.repeated : Int((share * Double(total)).rounded()),
      isEstimate: !counts.isComplete)
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8) {
    if byte == UInt8(ascii: "\n") {
      characterCount += 1
      if line.endsInCarriageReturn { windowsLineEndCount += 1 }
      endLine(with: byte)
      return
    }
    line.isEmpty = false
    line.hash = (line.hash ^ UInt64(byte)) &* Self.hashPrime
    line.endsInCarriageReturn = byte == UInt8(ascii: "\r")
    if line.length < Self.beginningLength { line.beginning.append(byte) }
    guard let character = decoder.take(byte) else { return }
    characterCount += 1
    line.length += 1
    switch CharacterClass(character) {
    case .visible: break
    case .tab: tabCount += 1
    case .control: controlCount += 1
    case .invisible: invisibleCount += 1
    case .replacement: replacementCount += 1
    }
  }

  private mutating func endLine(with end: UInt8) {
    lineCount += 1
    documentHash = HashCounts.mixed(documentHash ^ line.hash) &+ UInt64(end)
    let length = line.length - (line.endsInCarriageReturn ? 1 : 0)
    if length >= Self.comparedLineLength {
      comparedLineCount += 1
      lines.insert(HashCounts.mixed(line.hash))
    }
    if length > longestLines.last?.length ?? 0 || longestLines.count < Self.longestLineCount {
      let place = longestLines.firstIndex { $0.length < length } ?? longestLines.count
      longestLines.insert(
        Line(number: lineCount, length: length, beginning: line.beginning), at: place)
      if longestLines.count > Self.longestLineCount { longestLines.removeLast() }
    }
    line.length = 0
    line.hash = Self.hashBasis
    line.beginning.removeAll(keepingCapacity: true)
    line.endsInCarriageReturn = false
    line.isEmpty = true
  }
}
