// The patterns of GPT-4, Llama 3 and Qwen 2.

extension PreTokenizer {
  /// What `\p{N}{1,3}` and `\p{N}` leave of the patterns, as files write them.
  private static let beforeNumbers =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
  private static let afterNumbers = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Regular expressions by pattern: what tokenizer.json files contain.
  static let expressions: [(pattern: Pattern, expression: String)] = [
    (.gpt2, #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#),
    (.llama3, beforeNumbers + "{1,3}" + afterNumbers),
    (.qwen2, beforeNumbers + afterNumbers),
  ]

  /// The end of the piece at `start`, by the alternatives of the expression in their order.
  func endOfModernPiece(in text: Span<UInt8>, from start: Int, longestNumber: Int) -> Int {
    let first = text[start]
    if first == UInt8(ascii: "'") {
      let length = anyCaseContractionLength(in: text, at: start)
      if length > 0 { return start + length }
    }
    let head = step(in: text, at: start)
    let second = start + head.length
    if head.kind == .letter { return endOfRun(of: .letter, in: text, from: second) }
    if head.kind == .number {
      var end = second
      for _ in 1..<max(1, longestNumber) where end < text.count {
        let next = step(in: text, at: end)
        guard next.kind == .number else { break }
        end += next.length
      }
      return end
    }
    let isBreak = Self.isLineBreak(first)
    if second < text.count {
      let next = step(in: text, at: second)
      if next.kind == .letter, !isBreak {
        return endOfRun(of: .letter, in: text, from: second + next.length)
      }
      if first == UInt8(ascii: " "), next.kind == .symbol {
        return endOfSymbols(in: text, from: second + next.length)
      }
    }
    if head.kind == .symbol { return endOfSymbols(in: text, from: second) }
    return endOfLines(in: text, from: start)
  }

  private static func isLineBreak(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// The rest of `[^\s\p{L}\p{N}]+[\r\n]*`.
  private func endOfSymbols(in text: Span<UInt8>, from start: Int) -> Int {
    var end = endOfRun(of: .symbol, in: text, from: start)
    while end < text.count, Self.isLineBreak(text[end]) { end += 1 }
    return end
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: white space up to its last line break, if it has one.
  private func endOfLines(in text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    var afterBreak = start
    while position < text.count {
      let next = step(in: text, at: position)
      guard next.kind == .whitespace else { break }
      position += next.length
      if Self.isLineBreak(text[position - 1]) { afterBreak = position }
    }
    return afterBreak > start ? afterBreak : endOfWhitespace(in: text, from: start)
  }

  /// As `'s 't 'm 'd 're 've 'll` in any case; ſ (U+017F) is a case of s.
  private func anyCaseContractionLength(in text: Span<UInt8>, at start: Int) -> Int {
    func letter(_ offset: Int) -> UInt8 { offset < text.count ? text[offset] | 0x20 : 0 }
    switch letter(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(start + 2) == UInt8(ascii: "e") ? 3 : 0
    case UInt8(ascii: "l"): return letter(start + 2) == UInt8(ascii: "l") ? 3 : 0
    case 0xe5 where start + 2 < text.count:
      return text[start + 1] == 0xc5 && text[start + 2] == 0xbf ? 3 : 0
    default: return 0
    }
  }
}
