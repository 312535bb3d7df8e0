// GGUF files of others, and files that lie.
import ByteEncoding
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import TestSupport
import Testing
import Text

struct GGUFReadingTests {
  private struct Expected: Decodable {
    let text: String
    let tokens: [Int32]
    let logits: [Float]
  }

  /// Tests/Fixtures/make_gguf.py wrote the file, and llama.cpp computed the logits, with weights and
  /// activations rounded to 8 bits in places.
  @Test func aForeignModelRunsAsInLlamaCpp() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/gguf")
    let model = try GGUFModel(path: folder.appending(path: "model.gguf").path)
    let expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appending(path: "model.json")))
    #expect(model.name == "Random")
    #expect(try model.tokenizer.encode(Array(expected.text.utf8)) == expected.tokens)
    #expect(model.tokenizer.endOfText == 259)
    #expect(!model.configuration.tiedEmbeddings)
    #expect(model.format(of: "h.1.mlp.c_proj.weight") == .q4)
    let decoding = GPTDecoding(model.weights(), team: ThreadTeam(threadCount: 2))
    let logits = decoding.logits(reading: expected.tokens).array
    #expect(logits.count == expected.logits.count)
    var (error, square) = (Float(0), Float(0))
    for (ours, theirs) in zip(logits, expected.logits) {
      error += (ours - theirs) * (ours - theirs)
      square += theirs * theirs
    }
    #expect((error / square).squareRoot() < 0.03)
  }

  @Test func theSampleIsRight() throws {
    let model = try GGUFModel(GGUFSample.model.bytes)
    #expect(model.tokenizer.kind == .character && model.tokenizer.vocabularySize == 4)
    #expect(model.configuration.vocabularySize == 5 && model.configuration.usedVocabularySize == 4)
    #expect(model.configuration.tiedEmbeddings && model.configuration.contextLength == 6)
    let value = model.values("h.0.attn.c_attn.weight")[3]
    #expect(value == Float(3) * 0.1 - 0.3)
  }

  @Test func whatMayBeMissingMay() throws {
    var sample = GGUFSample.model
    sample.version = 2
    for key in ["pre", "merges", "token_type", "eos_token_id"] {
      sample["tokenizer.ggml.\(key)"] = nil
    }
    sample["tokenizer.ggml.tokens"] = .texts(["a", "b", "c", "d", "e"])
    sample["general.name"] = nil
    #expect(try GGUFModel(sample.bytes).tokenizer.vocabularySize == 5)
  }

  private static let types: [GGUFSample.BlockType] = [
    (2, .q4), (3, .q4Affine), (6, .q5), (7, .q5Affine), (8, .q8), (10, .q2K), (11, .q3K),
    (12, .q4K), (13, .q5K), (14, .q6K), (20, .iq4NL), (23, .iq4XS),
  ]

  /// A model whose widest matrix is of this type.
  private static func model(_ type: GGUFSample.BlockType) -> GGUFSample {
    .model(width: UInt64(type.format.blockLength / 4), types: ["blk.0.ffn_down.weight": type])
  }

  @Test(arguments: types)
  func everyTypeIsKnownByItsNumber(type: GGUFSample.BlockType) throws {
    let model = try GGUFModel(Self.model(type).bytes)
    #expect(model.format(of: "h.0.mlp.c_proj.weight") == type.format)
    let logits = GPTDecoding(model.weights(), team: ThreadTeam(threadCount: 1))
      .nextLogits(reading: [0, 1])
    #expect(logits.array.allSatisfy { $0.isFinite })
  }

  /// A file with fewer bits a value than any other.
  @Test func smallFilesHoldManyValues() throws {
    let type: GGUFSample.BlockType = (10, .q2K)
    let names =
      ["token_embd", "position_embd"]
      + ["attn_qkv", "attn_output", "ffn_up", "ffn_down"].map { "blk.0.\($0)" }
    let sample = GGUFSample.model(
      width: 256, types: Dictionary(uniqueKeysWithValues: names.map { ("\($0).weight", type) }))
    let model = try GGUFModel(sample.bytes)
    let parameters =
      ["wte", "wpe"]
      + ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"].map { "h.0.\($0)" }
    #expect(parameters.allSatisfy { model.format(of: "\($0).weight") == type.format })
    #expect(model.matrix("h.0.mlp.c_fc.weight").rowByteCount == 84)
  }

  @Test func anotherAlignmentIsFollowed() throws {
    var sample = GGUFSample.model
    sample.alignment = 64
    sample["general.alignment"] = .uint32(64)
    #expect(
      try GGUFModel(sample.bytes).values("ln_f.bias").array
        == GGUFModel(GGUFSample.model.bytes).values("ln_f.bias").array)
  }

  private static let count = UInt64(1) << 61

  /// What is wrong, what the message says of it.
  static let faults: [(part: String, damage: @Sendable (inout GGUFSample) -> Void)] = [
    ("does not begin with \"GGUF\"", { $0.magic = "GGML" }),
    ("version 1;", { $0.version = 1 }),
    ("version 4;", { $0.version = 4 }),
    ("big-endian", { $0.version = UInt32(3).byteSwapped }),
    ("should follow", { $0.tensorCount = .max }),
    ("should follow", { $0.keyCount = count }),
    ("bytes should follow", { $0.tensorCount = 100_000 }),
    ("the unknown type 13", { $0["general.name"] = .raw(13, []) }),
    ("array of arrays", { $0["general.name"] = .raw(9, [9, 0, 0, 0]) }),
    (
      "should follow", { $0["general.name"] = .raw(8, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]) }
    ),
    (
      "should follow",
      { $0["general.name"] = .raw(9, [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20]) }
    ),
    ("where 0 or 1 should be", { $0["general.name"] = .raw(7, [2]) }),
    ("general.name is there twice", { $0.keys.append(("general.name", .uint32(1))) }),
    ("general.alignment is no power of two", { $0["general.alignment"] = .uint32(48) }),
    ("general.alignment is no power of two", { $0["general.alignment"] = .uint32(0) }),
    ("general.alignment is no power of two", { $0["general.alignment"] = .uint32(1 << 31) }),
    ("general.alignment is no power of two", { $0["general.alignment"] = .text("32") }),
    ("general.architecture is missing", { $0["general.architecture"] = nil }),
    ("the architecture llama", { $0["general.architecture"] = .text("llama") }),
    ("gpt2.block_count is missing", { $0["gpt2.block_count"] = nil }),
    ("gpt2.block_count is 0", { $0["gpt2.block_count"] = .uint32(0) }),
    ("gpt2.block_count is 4294967295", { $0["gpt2.block_count"] = .uint32(.max) }),
    ("blk.1.attn_norm.weight is missing", { $0["gpt2.block_count"] = .uint32(2) }),
    ("blk.1.attn_norm.weight is missing", { $0["gpt2.block_count"] = .uint32(4_096) }),
    ("gpt2.block_count is not a whole number", { $0["gpt2.block_count"] = .text("1") }),
    ("3 heads do not divide", { $0["gpt2.attention.head_count"] = .uint32(3) }),
    ("feed-forward layer of 16", { $0["gpt2.feed_forward_length"] = .uint32(16) }),
    ("an epsilon of", { $0["gpt2.attention.layer_norm_epsilon"] = .float32(1e-6) }),
    ("has the shape [6, 8]", { $0["gpt2.context_length"] = .uint32(7) }),
    ("its tokenizer is llama", { $0["tokenizer.ggml.model"] = .text("llama") }),
    ("cuts text as falcon does", { $0["tokenizer.ggml.pre"] = .text("falcon") }),
    ("tokenizer.ggml.tokens is missing", { $0["tokenizer.ggml.tokens"] = nil }),
    ("tokenizer.ggml.tokens is not a list", { $0["tokenizer.ggml.tokens"] = .uint32(5) }),
    ("kind of each token", { $0["tokenizer.ggml.token_type"] = .int32s([1]) }),
    ("no token for the byte", { $0["tokenizer.ggml.merges"] = .texts(["a b"]) }),
    (
      "[5, 8], but the model's numbers ask for [4, 8]",
      {
        $0["tokenizer.ggml.tokens"] = .texts(["a", "b", "c", "d"])
        $0["tokenizer.ggml.token_type"] = nil
      }
    ),
    ("attn_qkv.bias is missing", { $0.tensors.removeAll { $0.name == "blk.0.attn_qkv.bias" } }),
    (
      "rope_freqs.weight is none of GPT-2's",
      {
        $0.tensors.append(
          GGUFSample.Tensor(
            name: "rope_freqs.weight", dimensions: [8], bytes: [UInt8](repeating: 0, count: 32)))
      }
    ),
    (
      "output_norm.weight is there twice",
      { $0.change("output_norm.bias") { $0.name = "output_norm.weight" } }
    ),
    ("has 0 dimensions", { $0.change("output_norm.bias") { $0.dimensions = [] } }),
    ("has 5 dimensions", { $0.change("output_norm.bias") { $0.dimensions = [8, 1, 1, 1, 1] } }),
    ("no bytes for", { $0.change("output_norm.bias") { $0.dimensions = [0] } }),
    ("no bytes for", { $0.change("output_norm.bias") { $0.dimensions = [count, count, 4] } }),
    ("has the shape [1, 8]", { $0.change("output_norm.bias") { $0.dimensions = [8, 1] } }),
    ("of type IQ2_XXS, which", { $0.change("output_norm.bias") { $0.type = 16 } }),
    ("Q3_K, IQ4_NL, IQ4_XS", { $0.change("output_norm.bias") { $0.type = 15 } }),
    ("of type number 999", { $0.change("output_norm.bias") { $0.type = 999 } }),
    ("no blocks of 32", { $0.change("output_norm.bias") { $0.type = 8 } }),
    ("no multiple of 32", { $0.change("output_norm.bias") { $0.offset = 16 } }),
    ("overlap", { $0.change("output_norm.bias") { $0.offset = 32 } }),
    ("but there are", { $0.change("output_norm.bias") { $0.offset = .max - 31 } }),
    ("but there are", { $0.change("output_norm.bias") { $0.offset = 1 << 40 } }),
    (
      "a tensor's name of 70 bytes",
      { $0.change("output_norm.bias") { $0.name = String(repeating: "x", count: 70) } }
    ),
  ]

  @Test(arguments: faults.indices)
  func eachFaultIsNamed(index: Int) {
    var sample = GGUFSample.model
    Self.faults[index].damage(&sample)
    let error = #expect(throws: ModelFileError.self) { try GGUFModel(sample.bytes) }
    let message = error.map { "\($0)" } ?? ""
    #expect(
      message.hasPrefix("test.gguf: ") && message.contains(Self.faults[index].part), "\(message)")
  }

  @Test func everyTruncationIsRefused() {
    let bytes = GGUFSample.model.bytes
    let last = bytes.count - 32
    for count in 0...last {
      #expect(throws: ModelFileError.self) { try GGUFModel(Array(bytes[..<count])) }
    }
  }

  @Test func missingFilesAreNamed() {
    let error = #expect(throws: ModelFileError.self) { try GGUFModel(path: "/nowhere/x.gguf") }
    #expect(error.map { "\($0)" }?.contains("/nowhere/x.gguf: cannot be read") == true)
  }

  /// Longer with TRAINER_FUZZ_SECONDS.
  @Test func damagedFilesDoNoHarm() throws {
    let quantized = Self.types.map { Self.model($0).bytes }
    let report = FuzzingReport(samples: [GGUFSample.model.bytes] + quantized) { bytes in
      let model = try GGUFModel(bytes)
      // What is accepted runs.
      let decoding = GPTDecoding(model.weights(), team: ThreadTeam(threadCount: 1))
      _ = decoding.nextLogits(reading: [0])
    }
    #expect(report.runCount > 100 && report.acceptedCount > 0)
    #expect(report.longest < 1 && report.memoryGrowth < 256 << 20, "\(report)")
  }
}
