// The text that tokens stand for.

extension TokenSequence {
  /// Hands over the text of every document, part after part, without what ends documents. Of a
  /// tokenizer that is not lossless it is the text as that tokenizer sees it.
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  package func forEachText(
    _ tokenizer: any Tokenizer, _ body: (_ text: ArraySlice<UInt8>, _ endsDocument: Bool) -> Void
  ) throws(CorpusError) {
    var start = 0
    var chunk: [Int32] = []
    for document in 0...documentCount {
      let end = document < documentCount ? documentEnd(document) : count
      guard end >= start && end <= count else {
        throw .badTokenFile(
          path: file?.path ?? "the text", reason: "document \(document) ends at \(end)")
      }
      while start < end {
        let range = start..<min(end, start + Self.chunkLength)
        chunk = Array(repeating: 0, count: range.count)
        try copy(range, into: &chunk, at: 0)
        let isLast = range.upperBound == end
        if isLast && chunk.last == tokenizer.endOfText { chunk.removeLast() }
        body(tokenizer.decode(chunk)[...], isLast)
        start = range.upperBound
      }
    }
  }

  private static let chunkLength = 1 << 16

  /// Bytes of text that each token stands for on average, by id. A tokenizer that changes text
  /// tells nothing about the bytes of the original: then all tokens share them alike, so that sums
  /// over this text are right.
  package func bytesPerToken(_ tokenizer: any Tokenizer) -> [Double] {
    if !tokenizer.isLossless, let textByteCount, count > 0 {
      return Array(
        repeating: Double(textByteCount) / Double(count), count: tokenizer.vocabularySize)
    }
    return (0..<Int32(tokenizer.vocabularySize)).map {
      // Where a document ends there is no text.
      $0 == tokenizer.endOfText ? 0 : Double(tokenizer.bytes(of: $0).count)
    }
  }
}
