// Where a text is cut changes no tokens, whatever its script.
import Testing
import Text

@Suite struct DocumentsCutTests {
  /// All that tells pieces apart: letters, marks, numbers, symbols and white space of one to four
  /// bytes.
  private static let parts = [
    "a", "B", "é", "ж", "Ω", "ש", "ا", "ह", "ि", "ก", "่", "か", "字", "字。", "，", "😀", "𠀀", "\u{301}",
    "1", "22", "٣", "४", "²", "_", "___", "'", "'s", "’", "-", "!", "«", "»", "×", "<", ">", " ",
    " ",
    "  ", "\n", "\n", "\r\n", "\t", "\u{b}", "\u{85}", "\u{a0}", "\u{1680}", "\u{180e}", "\u{2000}",
    "\u{200a}", "\u{200b}", "\u{2028}", "\u{2029}", "\u{202f}", "\u{205f}", "\u{2060}", "\u{3000}",
  ]

  private static func text(seed: Int) -> [UInt8] {
    var state = UInt64(seed)
    return (0..<60).flatMap { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Array(parts[Int(state >> 33) % parts.count].utf8)
    }
  }

  private func pieces(_ text: ArraySlice<UInt8>, _ preTokenizer: PreTokenizer) -> [[UInt8]] {
    let text = Array(text)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < text.count {
      let end = preTokenizer.endOfPiece(in: text.span, from: start)
      pieces.append(Array(text[start..<end]))
      start = end
    }
    return pieces
  }

  /// Every cut that the text offers.
  private func cuts(_ text: [UInt8]) -> Set<Int> {
    Set(text.indices.compactMap { SafeCut.position(.betweenPieces, in: text.span, from: $0) })
  }

  @Test func cutsLieBetweenThePiecesOfEveryPattern() throws {
    let preTokenizers = [PreTokenizer.Pattern.gpt2, .llama3, .qwen2].map { PreTokenizer($0) }
    var cutCount = 0
    for seed in 0..<1_000 {
      let text = Self.text(seed: seed)
      let cuts = cuts(text)
      cutCount += cuts.count
      for (index, preTokenizer) in preTokenizers.enumerated() {
        let whole = pieces(text[...], preTokenizer)
        for cut in cuts {
          let agrees =
            pieces(text[..<cut], preTokenizer) + pieces(text[cut...], preTokenizer) == whole
          #expect(agrees, "seed \(seed), cut \(cut), pattern \(index)")
        }
      }
    }
    #expect(cutCount > 2_000)
  }

  @Test func cutsLieBetweenWords() throws {
    for seed in 0..<200 {
      let text = Self.text(seed: seed)
      var settings = TokenizerSettings(kind: .word)
      settings.minimumFrequency = 1
      var trainer = try settings.trainer()
      try trainer.add(text[...])
      let tokenizer = try trainer.finish()
      let whole = try tokenizer.encode(text)
      for cut in cuts(text) {
        let parts =
          try tokenizer.encode(Array(text[..<cut]))
          + tokenizer.encode(continuing: Array(text[cut...]))
        #expect(parts == whole, "seed \(seed), cut \(cut)")
      }
    }
  }

  /// Lines and words of scripts of two and three bytes offer cuts as those of English do.
  @Test(arguments: [
    "Он сказал\nей", "Он, сказал", "«Да»\n«Нет»", "είπε\nναι", "είπε ναι", "הוא אמר", "قال\nنعم",
    "قال نعم",
    "वह बोला।\nहाँ", "वह बोला", "เขา พูด", "ที่\nนี่", "naïve à", "😀 😀",
  ])
  func everyScriptIsCut(_ text: String) {
    let bytes = Array(text.utf8)
    let cut = SafeCut.position(.betweenPieces, in: bytes.span, from: 1)
    let expected =
      bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
      ?? bytes.firstIndex(of: UInt8(ascii: " "))
    #expect(cut == expected)
  }

  /// Each beside a line break or a space, which it belongs to.
  @Test(arguments: [0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000])
  func whiteSpaceIsNothingToSee(_ value: Int) throws {
    let space = String(try #require(Unicode.Scalar(value)))
    for text in ["a\(space)\nb", "a\n\(space)b", "a\(space) b", "a \(space)b"] {
      let bytes = Array(text.utf8)
      #expect(SafeCut.position(.betweenPieces, in: bytes.span, from: 1) == nil, "U+\(value)")
    }
  }

  /// More than one thread has something to do.
  @Test(arguments: [SampleText.russian, .hindi, .thai, .russianWords])
  func aLongDocumentIsEncodedInPartsInEveryScript(_ sample: SampleText) throws {
    let text = Array([[UInt8]](repeating: sample.bytes, count: 150).joined())
    var taskCount = 0
    let encoded = try SegmentEncoder(try sample.bytePairTokenizer(), .none).encode(
      Segment(DocumentText(text))
    ) { count, body in
      taskCount = count
      for task in 0..<count { body(task) }
    }
    #expect(taskCount > 3)
    let tokenizer = try sample.bytePairTokenizer()
    let tokens = TokenSequence(encoded, vocabularySize: tokenizer.vocabularySize)
    let agrees = (0..<tokens.count).map { tokens[$0] } == (try tokenizer.encode(text))
    #expect(agrees)
  }
}
