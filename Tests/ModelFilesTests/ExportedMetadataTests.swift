// What other tools ask of an export and the trainer's own readers do without, word for word.
import ByteEncoding
import ModelFiles
import Models
import Tensors
import TestSupport
import Testing
import Text

struct ExportedMetadataTests {
  private let folder = TemporaryFolder()
  private let team = ThreadTeam(threadCount: 1)
  private let tokenizer: any Tokenizer
  private let model: GPT

  init() throws {
    var trainer = try TokenizerSettings(kind: .bpe, vocabularySize: 260).trainer()
    try trainer.add(Array("the cat the hat the mat".utf8)[...])
    tokenizer = try trainer.finish()
    model = GPT.random(
      ModelConfiguration(
        layerCount: 2, headCount: 4, embeddingWidth: 32, contextLength: 16,
        vocabularySize: tokenizer.vocabularySize, dropout: 0.1), trainable: false)
  }

  private func text(_ name: String) -> String {
    String(decoding: contents(folder.file(name)), as: UTF8.self)
  }

  @Test func transformersGetsItsConfigurations() throws {
    try HuggingFaceExport(model, tokenizer, team: team).write(into: folder.path)
    let mark = try #require(tokenizer.endOfText)
    #expect(
      text("config.json") == """
        {
          "activation_function": "gelu_new",
          "architectures": [
            "GPT2LMHeadModel"
          ],
          "attn_pdrop": 0.1,
          "bos_token_id": \(mark),
          "embd_pdrop": 0.1,
          "eos_token_id": \(mark),
          "initializer_range": 0.02,
          "layer_norm_epsilon": 1e-05,
          "model_type": "gpt2",
          "n_ctx": 16,
          "n_embd": 32,
          "n_head": 4,
          "n_inner": null,
          "n_layer": 2,
          "n_positions": 16,
          "reorder_and_upcast_attn": false,
          "resid_pdrop": 0.1,
          "scale_attn_by_inverse_layer_idx": false,
          "scale_attn_weights": true,
          "tie_word_embeddings": true,
          "torch_dtype": "float32",
          "use_cache": true,
          "vocab_size": \(tokenizer.vocabularySize)
        }

        """)
    #expect(
      text("generation_config.json") == """
        {
          "_from_model_config": true,
          "bos_token_id": \(mark),
          "eos_token_id": \(mark)
        }

        """)
    #expect(
      text("tokenizer_config.json") == """
        {
          "add_prefix_space": false,
          "bos_token": "<|endoftext|>",
          "eos_token": "<|endoftext|>",
          "unk_token": "<|endoftext|>",
          "clean_up_tokenization_spaces": false,
          "model_max_length": 16,
          "tokenizer_class": "GPT2Tokenizer"
        }

        """)
    // transformers loads no file without its format, and reads tensors from multiples of 8 bytes on.
    let weights = contents(folder.file("model.safetensors"))
    #expect(
      weights.dropFirst(8).starts(with: Array(#"{"__metadata__":{"format":"pt","#.utf8)))
    #expect(weights[0] % 8 == 0 && weights[2..<8].allSatisfy { $0 == 0 })
  }

  /// A key with its type and value, as bytes.
  private func entry(_ key: String, _ type: UInt32, _ value: (inout ByteWriter) -> Void) -> [UInt8]
  {
    var writer = ByteWriter()
    writer.append(UInt64(key.utf8.count))
    writer.append(key)
    writer.append(type)
    value(&writer)
    return writer.bytes
  }

  private func number(_ key: String, _ value: UInt32) -> [UInt8] {
    entry(key, 4) { $0.append(value) }
  }

  private func word(_ key: String, _ value: String) -> [UInt8] {
    entry(key, 8) {
      $0.append(UInt64(value.utf8.count))
      $0.append(value)
    }
  }

  /// - Parameter characters: of a vocabulary without a marker, which gets one.
  @Test(arguments: [nil, "Grüße"])
  func llamaCppGetsItsKeys(characters: String?) throws {
    let tokenizer: any Tokenizer =
      try characters.map { try CharacterTokenizer(text: Array($0.utf8)) } ?? self.tokenizer
    let path = folder.file("model.gguf")
    try GGUFExport(
      model, tokenizer: tokenizer, name: "Fox", format: .q8, team: team
    ).write(to: path) { _ in }
    let bytes = contents(path)
    let mark = tokenizer.endOfText ?? Int32(tokenizer.vocabularySize)
    let count = tokenizer.vocabularySize + (tokenizer.endOfText == nil ? 1 : 0)
    let kinds = entry("tokenizer.ggml.token_type", 9) {
      $0.append(UInt32(5))
      $0.append(UInt64(count))
      for token in 0..<Int32(count) { $0.append(Int32(token == mark ? 3 : 1)) }
    }
    for expected in [
      word("general.architecture", "gpt2"), word("general.name", "Fox"),
      number("general.file_type", 7), number("general.quantization_version", 2),
      number("general.alignment", 32), number("gpt2.context_length", 16),
      number("gpt2.embedding_length", 32), number("gpt2.block_count", 2),
      number("gpt2.feed_forward_length", 128), number("gpt2.attention.head_count", 4),
      entry("gpt2.attention.layer_norm_epsilon", 6) { $0.append(Float(1e-5)) },
      word("tokenizer.ggml.model", "gpt2"), word("tokenizer.ggml.pre", "gpt-2"), kinds,
      number("tokenizer.ggml.bos_token_id", UInt32(mark)),
      number("tokenizer.ggml.eos_token_id", UInt32(mark)),
      entry("tokenizer.ggml.add_bos_token", 7) { $0.append(false) },
    ] {
      let key = String(decoding: expected.dropFirst(8).prefix { $0 >= 0x20 }, as: UTF8.self)
      #expect(bytes.firstRange(of: expected) != nil, "\(key)")
    }
    // A file without this key, even an empty one, does not load.
    #expect(bytes.firstRange(of: Array("tokenizer.ggml.merges".utf8)) != nil)
  }
}
