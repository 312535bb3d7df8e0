// GPT-2's published vocabulary on real text.
import FoundationEssentials
import Testing
import Text

/// Needs `gpt2/vocab.bpe`, `gpt2/encoder.json` and `shakespeare/input.txt` in the cache folder that
/// TRAINER_CACHE names; a trainer with a network fetches them there, or copy them by hand.
private let cache = ProcessInfo.processInfo.environment["TRAINER_CACHE"] ?? ""

private func cached(_ name: String) -> String { "\(cache)/\(name)" }

private var isFilled: Bool {
  ["gpt2/vocab.bpe", "gpt2/encoder.json", "shakespeare/input.txt"].allSatisfy {
    FileManager.default.fileExists(atPath: cached($0))
  }
}

@Suite(
  .enabled(
    if: isFilled,
    "TRAINER_CACHE lacks GPT-2's files or tinyshakespeare: trainer --config micro.json loads them"))
struct TokenizerGPT2Tests {
  let tokenizer: BytePairTokenizer

  init() throws {
    tokenizer = try BytePairTokenizer(
      mergesPath: cached("gpt2/vocab.bpe"), vocabularyPath: cached("gpt2/encoder.json"))
  }

  /// The counts that nanoGPT's preparation of the same text prints.
  @Test func tinyshakespeareHasTheKnownNumberOfTokens() throws {
    let text = [UInt8](try Data(contentsOf: URL(filePath: cached("shakespeare/input.txt"))))
    let split = text.count * 9 / 10
    let parts = [Array(text[..<split]), Array(text[split...])]
    #expect(parts.map { tokenizer.encode($0).count } == [301_966, 36_059])
    for part in parts {
      let isSame = tokenizer.decode(tokenizer.encode(part)) == part
      #expect(isSame)
    }
  }

  @Test func idsAreGPT2s() {
    #expect(tokenizer.vocabularySize == 50_257)
    #expect(tokenizer.endOfText == 50_256)
    #expect(tokenizer.encode(Array("Hello, world!".utf8)) == [15496, 11, 995, 0])
  }

  @Test(arguments: Samples.texts)
  func decodingGivesTheSameBytes(text: [UInt8]) {
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test func theDescriptionRestoresTheTokenizer() throws {
    let restored = try TokenizerFile.tokenizer(from: tokenizer.json, path: "tokenizer")
    #expect(restored.fingerprint == tokenizer.fingerprint)
    #expect(restored.endOfText == tokenizer.endOfText)
    let text = Samples.randomText(2000, seed: 1)
    #expect(try restored.encode(text) == tokenizer.encode(text))
  }
}
