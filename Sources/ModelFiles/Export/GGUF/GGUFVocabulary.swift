// Tokenizers as llama.cpp's files keep them.
import Text

/// Tokens, merges and the markers of a text, checked for what llama.cpp can do with them.
struct GGUFVocabulary: Sendable {
  private(set) var written: WrittenVocabulary
  /// llama.cpp's name of the pattern that cuts text into pieces.
  let patternName: String
  let endOfText: Int32
  /// Whether the marker of the end is no token of the model's: the last one.
  let addsMarker: Bool
  /// What llama.cpp will do differently, in words.
  let differences: [String]

  private static let patternNames: [(pattern: PreTokenizer.Pattern, names: [String])] = [
    (.gpt2, ["gpt-2", "default"]), (.llama3, ["llama-bpe", "llama3", "llama-v3"]),
    (.qwen2, ["qwen2"]),
  ]

  /// llama.cpp's numbers of kinds of tokens.
  private static let kinds: [(kind: WrittenVocabulary.Kind, code: Int64)] = [
    (.text, 1), (.mark, 3), (.addedText, 4), (.unused, 5),
  ]

  // To a file ----------------------------------------------------------------------------------

  /// - Throws: `ModelFileError.notExpressible`
  init(_ tokenizer: any Tokenizer) throws(ModelFileError) {
    switch tokenizer {
    case let characters as CharacterTokenizer:
      // Of the tokens that spell the characters, the model knows these.
      var spelled = BytePairTokenizer(spelling: characters).written
      spelled.tokens.removeSubrange(characters.vocabularySize...)
      spelled.kinds.removeSubrange(characters.vocabularySize...)
      try self.init(spelled, endOfText: nil, differences: [])
    case let bytePairs as BytePairTokenizer:
      if bytePairs.addsPrefixSpace {
        throw Self.refusal("its tokenizer puts a space before a text, which llama.cpp's does not")
      }
      try self.init(
        bytePairs.written, endOfText: bytePairs.endOfText, differences: bytePairs.unwrittenHabits)
    default:
      throw Self.refusal(
        "its tokenizer makes tokens of lower-cased words, and llama.cpp knows tokens of bytes only; "
          + "train with the tokenizer bpe or character")
    }
  }

  private init(
    _ written: WrittenVocabulary, endOfText: Int32?, differences: [String]
  ) throws(ModelFileError) {
    guard let name = Self.patternNames.first(where: { $0.pattern == written.pattern })?.names[0]
    else {
      throw Self.refusal("llama.cpp has no name for a tokenizer that does not cut text into pieces")
    }
    // With Llama 3's pattern llama.cpp takes whole pieces, with others it does not.
    let takesWholePieces = written.pattern == .llama3
    guard takesWholePieces || !written.takesWholePieces else {
      throw Self.refusal(
        "its tokenizer takes a word that is a token as it is, which llama.cpp does with Llama 3's "
          + "pattern only")
    }
    self.written = written
    patternName = name
    // Without a marker that it knows, llama.cpp would take some token for it, and stop there.
    addsMarker = endOfText == nil
    self.endOfText = endOfText ?? Int32(written.tokens.count)
    if endOfText == nil {
      self.written.tokens.append(SpecialTokenNames.endOfText)
      self.written.kinds.append(.mark)
    }
    self.differences =
      differences.map { "the tokenizer \($0), which llama.cpp does not" }
      + (takesWholePieces && !written.takesWholePieces
        ? ["llama.cpp takes a word that is a token as it is, unlike this tokenizer"] : [])
    var seen = Set<[UInt8]>()
    for token in self.written.tokens where !seen.insert(token).inserted {
      throw Self.refusal(
        "two of its tokens are written '\(String(decoding: token, as: UTF8.self))'")
    }
  }

  private static func refusal(_ reason: String) -> ModelFileError {
    .notExpressible(format: "GGUF", reason: reason)
  }

  /// Rows of the token embedding.
  var tokenCount: Int { written.tokens.count }

  var tokenTypes: [Int32] {
    written.kinds.map { kind in
      Int32(Self.kinds.first { $0.kind == kind }?.code ?? 1)
    }
  }

  // From a file --------------------------------------------------------------------------------

  /// - Throws: `ModelFileError.malformed`, `unsupported`, `missing`
  static func tokenizer(of file: GGUFFile) throws(ModelFileError) -> any Tokenizer {
    let written = try written(in: file)
    if let characters = CharacterTokenizer(spelledBy: written) { return characters }
    do throws(BytePairFault) { return try BytePairTokenizer(written) } catch {
      throw .malformed(path: file.path, reason: "its tokenizer cannot be used: \(error.reason)")
    }
  }

  private static func written(in file: GGUFFile) throws(ModelFileError) -> WrittenVocabulary {
    let model = try file.text(GGUFFormat.Key.tokenizerModel)
    guard model == "gpt2" else {
      throw .unsupported(
        path: file.path,
        reason: "its tokenizer is \(model); only byte-level BPE (gpt2) can be read")
    }
    let tokens = try file.texts(GGUFFormat.Key.tokens)
    // A vocabulary of single characters may have no merges, and a writer may leave out an empty
    // list.
    let merges =
      file[GGUFFormat.Key.merges] == nil ? [] : try file.texts(GGUFFormat.Key.merges)
    var kinds = try kinds(of: tokens, file)
    let endOfText = file.integer(GGUFFormat.Key.endOfText)
    if let marker = endOfText, kinds.indices.contains(marker),
      kinds[marker] == .text, WrittenVocabulary.looksSpecial(tokens[marker])
    {
      kinds[marker] = .mark
    }
    let pattern = try pattern(file)
    return WrittenVocabulary(
      tokens: tokens, kinds: kinds, merges: merges, pattern: pattern,
      takesWholePieces: pattern == .llama3, endOfText: endOfText)
  }

  private static func kinds(
    of tokens: [[UInt8]], _ file: GGUFFile
  ) throws(ModelFileError) -> [WrittenVocabulary.Kind] {
    guard let value = file[GGUFFormat.Key.tokenTypes] else {
      return Array(repeating: .text, count: tokens.count)
    }
    guard case .integers(let codes) = value, codes.count == tokens.count else {
      throw .malformed(
        path: file.path, reason: "\(GGUFFormat.Key.tokenTypes) does not tell the kind of each token"
      )
    }
    return codes.map { code in kinds.first { $0.code == code }?.kind ?? .text }
  }

  private static func pattern(
    _ file: GGUFFile
  ) throws(ModelFileError) -> PreTokenizer.Pattern {
    // Files from before the key was invented have GPT-2's.
    guard file[GGUFFormat.Key.preTokenizer] != nil else { return .gpt2 }
    let name = try file.text(GGUFFormat.Key.preTokenizer)
    guard let pattern = patternNames.first(where: { $0.names.contains(name) })?.pattern else {
      throw .unsupported(
        path: file.path,
        reason: "its tokenizer cuts text as \(name) does; known are "
          + patternNames.map(\.names[0]).joined(separator: ", "))
    }
    return pattern
  }
}
