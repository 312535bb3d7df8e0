// A small byte-pair vocabulary and texts for the tokenizer tests.
import Text

/// 256 bytes, a few merges and the marker, in the form of GPT-2's two files.
enum SmallVocabulary {
  /// In order of rank; "Ġ" stands for a space.
  static let merges = [
    "t h", "n t", "Ġ th", "th e", "Ġ a", "h e", "Ġth e", "a a", "aa aa", "i n", "in g", "Ġ Ġ",
    "ĠĠ ĠĠ", "Ã ©", "č Ċ", "n g", "e a", "n th",
  ]

  static var mergesFile: [UInt8] {
    Array((["#version: 0.2"] + merges).map { $0 + "\n" }.joined().utf8)
  }

  /// Ids count down from the marker, so that nothing works that takes ranks or bytes for ids.
  static var vocabularyFile: [UInt8] { vocabularyFile(tokens: tokens) }

  static func vocabularyFile(tokens: [[UInt8]]) -> [UInt8] {
    var text = Array("{".utf8)
    for (index, token) in tokens.enumerated() {
      if index > 0 { text += Array(", ".utf8) }
      // Only these two characters of the alphabet need an escape in JSON.
      let key = token.flatMap { [0x22, 0x5c].contains($0) ? [0x5c, $0] : [$0] }
      text += [0x22] + key + Array("\": \(tokens.count - 1 - index)".utf8)
    }
    return text + Array("}".utf8)
  }

  /// The tokens as the file writes them.
  static var tokens: [[UInt8]] {
    (0..<256).map { ByteAlphabet.text(of: [UInt8($0)]) }
      + merges.map { Array($0.filter { $0 != " " }.utf8) } + [Array("<|endoftext|>".utf8)]
  }

  static func tokenizer() throws -> BytePairTokenizer {
    try BytePairTokenizer(
      merges: mergesFile, mergesPath: "vocab.bpe", vocabulary: vocabularyFile,
      vocabularyPath: "encoder.json")
  }
}

/// What the tokenizer must do, in the plainest form.
struct NaiveMerging {
  private let ranks = Dictionary(
    uniqueKeysWithValues: SmallVocabulary.merges.enumerated().map { ($1, $0) })

  /// The written form of the tokens of one piece of ASCII letters.
  func tokens(of piece: String) -> [String] {
    var parts = piece.map { String($0) }
    while true {
      let pairs = zip(parts, parts.dropFirst()).enumerated().compactMap { index, pair in
        ranks["\(pair.0) \(pair.1)"].map { (rank: $0, index: index) }
      }
      guard let best = pairs.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
        return parts
      }
      parts[best.index] += parts.remove(at: best.index + 1)
    }
  }
}

enum Samples {
  /// Texts that have broken tokenizers before.
  static let texts: [[UInt8]] =
    [
      "", " ", "\r\n", "a\r\n\r\n b", "👩‍👩‍👧‍👦 and 🇩🇪", "é e\u{301} Å \u{212b}", "他们 說：你好。", "the end   ",
      "\t\n \t the\n\n\n  thing\u{a0}", "<|endoftext|>",
      "\u{0}\u{7f}\u{85}\u{2028}\u{3000}\u{200b}x",
      "I'll we're it's 'tis 'S '' o'clock", "x²¾ ٣४ Ⅷ 12",
    ].map { Array($0.utf8) } + [Array(0...255), Array((0...255).reversed()), [0xff, 0x20, 0xc3]]

  /// Pseudo-random bytes, many of which are not UTF-8.
  static func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = SplitMix(state: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &state) }
  }

  /// Pseudo-random Unicode scalars of all planes.
  static func randomText(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = SplitMix(state: seed)
    let limits: [UInt32] = [0x80, 0x300, 0x3000, 0x10000, 0x110000]
    var text = String.UnicodeScalarView()
    for _ in 0..<count {
      let limit = limits.randomElement(using: &state) ?? 0x80
      text.append(Unicode.Scalar(UInt32.random(in: 0..<limit, using: &state)) ?? " ")
    }
    return Array(String(text).utf8)
  }

  /// Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }
}
