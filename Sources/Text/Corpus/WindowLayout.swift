// The windows that a text is cut into.

/// All windows of a text, in its order: a function of the text's length, or of its documents'.
package struct WindowLayout: Sendable {
  /// What a window may span.
  package enum Documents: String, Sendable, CaseIterable {
    /// The text is one row of tokens; what is left behind the last whole window is in none.
    case join
    /// No window reaches into another document; short ones leave the rest of their row empty.
    case pad
  }

  package let windowLength: Int
  /// Tokens between the starts of neighbouring windows.
  package let stride: Int
  package let count: Int
  private let tokens: TokenSequence
  private let documents: Documents
  /// Number of windows before every 64th document; joined texts need none.
  private var windowsBefore: [Int] = []
  private static let documentsPerEntry = 64

  /// A window of `windowLength` inputs needs one token more, the last target.
  /// - Throws: `CorpusError.tooFewTokens`, or `.stride` outside 1...windowLength.
  package init(
    _ tokens: TokenSequence, windowLength: Int, stride: Int? = nil, documents: Documents = .join
  ) throws(CorpusError) {
    precondition(windowLength > 0, "a window has at least one token")
    let stride = stride ?? windowLength
    guard stride >= 1 && stride <= windowLength else {
      throw .stride(stride, windowLength: windowLength)
    }
    self.tokens = tokens
    self.windowLength = windowLength
    self.stride = stride
    self.documents = documents
    switch documents {
    case .join:
      guard tokens.count > windowLength else {
        throw .tooFewTokens(count: tokens.count, needed: windowLength + 1)
      }
      count = 1 + (tokens.count - 1 - windowLength) / stride
    case .pad:
      var sum = 0
      var start = 0
      var before: [Int] = []
      for index in 0..<Self.documentCount(tokens) {
        if index.isMultiple(of: Self.documentsPerEntry) { before.append(sum) }
        let end = try Self.end(of: index, from: start, in: tokens)
        sum += Self.windowCount(tokens: end - start, windowLength, stride)
        start = end
      }
      guard sum > 0 else { throw .tooFewTokens(count: tokens.count, needed: 2) }
      windowsBefore = before
      count = sum
    }
  }

  /// A text may end within a document.
  private static func documentCount(_ tokens: TokenSequence) -> Int {
    let count = tokens.documentCount
    let end = count == 0 ? 0 : tokens.documentEnd(count - 1)
    return end < tokens.count ? count + 1 : count
  }

  private static func end(
    of document: Int, from start: Int, in tokens: TokenSequence
  ) throws(CorpusError) -> Int {
    let end = document < tokens.documentCount ? tokens.documentEnd(document) : tokens.count
    guard end >= start && end <= tokens.count else {
      throw .badTokenFile(
        path: tokens.file?.path ?? "the text", reason: "document \(document) ends at \(end)")
    }
    return end
  }

  private static func windowCount(tokens: Int, _ windowLength: Int, _ stride: Int) -> Int {
    if tokens < 2 { return 0 }
    return 1 + (max(0, tokens - 1 - windowLength) + stride - 1) / stride
  }

  /// The inputs of window `index`; the targets are those that follow each of them.
  package subscript(index: Int) -> Range<Int> {
    precondition(index >= 0 && index < count, "window \(index) of \(count)")
    if documents == .join {
      return index * stride..<index * stride + windowLength
    }
    var entry = lastEntry(upTo: index)
    var left = index - windowsBefore[entry]
    entry *= Self.documentsPerEntry
    var start = entry == 0 ? 0 : tokens.documentEnd(entry - 1)
    while true {
      let end = entry < tokens.documentCount ? tokens.documentEnd(entry) : tokens.count
      let count = Self.windowCount(tokens: end - start, windowLength, stride)
      if left < count {
        let first = start + left * stride
        return first..<min(first + windowLength, end - 1)
      }
      left -= count
      start = end
      entry += 1
    }
  }

  /// The last entry of `windowsBefore` that is not above `index`.
  private func lastEntry(upTo index: Int) -> Int {
    var low = 0
    var high = windowsBefore.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if windowsBefore[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }
}
