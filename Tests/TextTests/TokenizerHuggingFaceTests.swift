// Files of Hugging Face's tokenizers library, against what the library itself learns and encodes.
import FoundationEssentials
import Testing
import Text

/// Files that Tests/Fixtures/make_tokenizers.py made.
enum HuggingFaceFixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/tokenizers").path(percentEncoded: false)

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
  }

  static func tokenizer(_ name: String) throws -> any Tokenizer {
    try TokenizerSource.load("\(folder)/\(name).json")
  }

  struct Case {
    let name: String
    let text: [UInt8]
    let ids: [Int32]
  }

  static func cases() throws -> [Case] {
    String(decoding: try bytes("cases.txt"), as: UTF8.self).split(separator: "\n").map { line in
      let fields = line.split(separator: " ")
      let digits = fields[1] == "-" ? [] : fields[1].map { UInt8($0.hexDigitValue ?? 0) }
      return Case(
        name: String(fields[0]),
        text: stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] },
        ids: fields.dropFirst(2).map { Int32($0) ?? -1 })
    }
  }
}

@Suite struct TokenizerHuggingFaceTests {
  private func names() throws -> [String] {
    try HuggingFaceFixture.cases().map(\.name).reduce(into: []) { names, name in
      if names.last != name { names.append(name) }
    }
  }

  @Test func idsAreTheLibrarys() throws {
    let cases = try HuggingFaceFixture.cases()
    #expect(cases.count > 300)
    var tokenizers: [String: any Tokenizer] = [:]
    for test in cases {
      let tokenizer = try tokenizers[test.name] ?? HuggingFaceFixture.tokenizer(test.name)
      tokenizers[test.name] = tokenizer
      let ids = try tokenizer.encode(test.text, specialTokens: true)
      #expect(
        ids == test.ids,
        "\(test.name): \(String(decoding: test.text, as: UTF8.self).debugDescription)")
    }
  }

  @Test func theCheckpointsTextRestoresEachForm() throws {
    for name in try names() {
      let tokenizer = try HuggingFaceFixture.tokenizer(name)
      let restored = try TokenizerFile.tokenizer(from: tokenizer.json, path: "run.h5")
      #expect(restored.json == tokenizer.json)
      #expect(restored.vocabularySize == tokenizer.vocabularySize)
      #expect(restored.specialTokens == tokenizer.specialTokens)
      #expect(restored.isLossless == tokenizer.isLossless)
      for test in try HuggingFaceFixture.cases() where test.name == name {
        #expect(try restored.encode(test.text, specialTokens: true) == test.ids)
      }
    }
  }

  /// Forms that behave differently have different fingerprints; behind all are the same merges.
  @Test func eachFormHasItsFingerprint() throws {
    let prints = try names().map { try HuggingFaceFixture.tokenizer($0).fingerprint }
    #expect(Set(prints).count == prints.count)
  }

  /// What is not special comes back; ids of special tokens are never made from plain text.
  @Test func plainTextHasNoSpecialTokens() throws {
    for name in try names() {
      let tokenizer = try HuggingFaceFixture.tokenizer(name)
      let special = Set(tokenizer.specialTokens.map(\.id))
      for test in try HuggingFaceFixture.cases() where test.name == name {
        let ids = try tokenizer.encode(test.text)
        #expect(special.isDisjoint(with: ids))
        #expect(!tokenizer.isLossless || tokenizer.decode(ids) == test.text)
        // One round makes the text what its tokens stand for.
        let settled = tokenizer.decode(ids)
        #expect(try tokenizer.encode(settled) == ids)
      }
    }
  }

  /// Anything quadratic would take minutes.
  @Test(.timeLimit(.minutes(1)))
  func noTextIsQuadratic() throws {
    let size = 1 << 18
    let texts = ["a", " ", "\n ", " <mask", "<both> ", "the", "'", "1"].map { part in
      Array(String(repeating: part, count: size / part.utf8.count).utf8)
    }
    for name in try names() {
      let tokenizer = try HuggingFaceFixture.tokenizer(name)
      for text in texts {
        #expect(try !tokenizer.encode(text, specialTokens: true).isEmpty)
      }
    }
  }

  /// An id in a gap stands for nothing.
  @Test func gapsDecodeToNothing() throws {
    let tokenizer = try HuggingFaceFixture.tokenizer("whole_pieces_gap")
    let last = Int32(tokenizer.vocabularySize - 1)
    #expect(tokenizer.decode([last - 1]) == [])
    #expect(tokenizer.decode([last]) != [])
  }

  /// What the library refuses or does otherwise is refused here.
  @Test func unsupportedFiles() throws {
    let source = String(decoding: try HuggingFaceFixture.bytes("llama3_added.json"), as: UTF8.self)
    let faults = [
      (#""type":"BPE""#, #""type":"WordPiece""#, "the model is WordPiece; only BPE on bytes"),
      (#""normalizer":null"#, #""normalizer":{"type":"NFKC"}"#, "the normalizer NFKC is not supp"),
      ("{1,3}", "{1,2}", #"the pre_tokenizer splits at the pattern (?i:'s|"#),
      (#""Isolated""#, #""Removed""#, "the pre_tokenizer Split is supported with behavior Isola"),
      (
        #""pre_tokenizer":{"type":"Sequence""#, #""pre_tokenizer":{"type":"Metaspace""#,
        "the pre_tokenizer Metaspace is not supported"
      ),
      (#""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"Fuse""#, "the decoder Fuse is not"),
      (#""dropout":null"#, #""dropout":0.1"#, "merges with dropout are not supported"),
      (
        #""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#,
        "end_of_word_suffix belongs to merges of characters"
      ),
      (#""!":2"#, #""!":1"#, "a second token with id 1"),
      (#""!":2"#, #""!!":2"#, "no token for the byte 33, written '!'; every byte needs one"),
      (#""!":2"#, #""!":99999999"#, "id 99999999 is larger than any vocabulary"),
    ]
    for (old, new, reason) in faults {
      let damaged = source.replacing(old, with: new, maxReplacements: 1)
      #expect(damaged != source, "\(old)")
      let error = #expect(throws: TokenizerError.self) {
        try TokenizerSource.tokenizer(from: Array(damaged.utf8), path: "tokenizer.json")
      }
      let line = error?.description ?? ""
      #expect(line.hasPrefix("tokenizer.json:1:") && line.contains(reason), "\(line)")
    }
  }

  @Test func truncatedFilesAreRefused() throws {
    let source = try HuggingFaceFixture.bytes("qwen2_nfc_template.json")
    for count in stride(from: 0, to: source.count, by: 13) {
      #expect(throws: TokenizerError.self) {
        try TokenizerSource.tokenizer(from: Array(source[..<count]), path: "tokenizer.json")
      }
    }
  }
}
