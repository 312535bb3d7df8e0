// Folders that are no GPT-2, or not whole: what each is refused with.
import ByteEncoding
import FoundationEssentials
import ModelFiles
import TestSupport
import Testing

@Suite struct HuggingFaceFaultTests {
  /// A copy of a fixture that a test may spoil.
  private func copy() throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
      overwrite(folder.file(name), contents(Fixture.folder("tied_tanh") + "/\(name)"))
    }
    return folder
  }

  private func fault(_ folder: TemporaryFolder) -> String {
    do {
      let model = try HuggingFaceModel(folder: folder.path)
      _ = try model.gpt()
      return "none"
    } catch {
      return "\(error)".replacing("\(folder.path)/", with: "").replacing(folder.path, with: "DIR")
    }
  }

  static let otherModels: [(String, String, String)] = [
    (#""model_type": "gpt2""#, #""model_type": "llama""#, "config.json: a model of type llama;"),
    (
      #""GPT2LMHeadModel""#, #""GPT2ForSequenceClassification""#,
      "config.json: the architecture GPT2ForSequenceClassification is no language model"
    ),
    (
      #""scale_attn_by_inverse_layer_idx": false"#, #""scale_attn_by_inverse_layer_idx": true"#,
      "config.json: scale_attn_by_inverse_layer_idx true: only false is supported"
    ),
    (
      #""reorder_and_upcast_attn": false"#, #""reorder_and_upcast_attn": true"#,
      "config.json: reorder_and_upcast_attn true: only false is supported"
    ),
    (#""n_inner": null"#, #""n_inner": 32"#, "config.json: n_inner 32: only feed-forward layers"),
    (
      #""layer_norm_epsilon": 1e-05"#, #""layer_norm_epsilon": 1e-06"#,
      "config.json: layer_norm_epsilon 1e-06: only 1e-05 is supported"
    ),
    (
      #""activation_function": "gelu_new""#, #""activation_function": "silu""#,
      "config.json: activation_function silu is not supported; there are gelu_new, gelu, relu"
    ),
    (
      #""tie_word_embeddings": true"#, #""tie_word_embeddings": "no""#,
      "config.json: tie_word_embeddings no should be true or false"
    ),
    (
      #""n_head": 2"#, #""num_attention_heads": 3"#,
      "config.json: n_head 3 does not divide n_embd 16"
    ),
    (#""n_head": 2"#, #""n_head": 3"#, "config.json: n_head 3 does not divide n_embd 16"),
    (#""n_head": 2"#, #""n_head": 0"#, "config.json: n_head should be a number from 1"),
    (
      #""n_layer": 2"#, #""n_layer": 9999999"#,
      "config.json: n_layer should be a number from 1 to 4096"
    ),
    // More floats than any computer holds: no overflow, no long wait, no memory.
    (
      #""n_layer": 2"#, #""n_layer": 4096, "n_embd": 1048576"#,
      "model.safetensors: transformer.wte.weight is [264, 16], but config.json says [264, 1048576]"
    ),
    (
      #""n_layer": 2"#, #""n_layer": 3"#,
      "model.safetensors: transformer.h.2.ln_1.weight is missing"
    ),
    (
      #""n_layer": 2"#, #""n_layer": 1"#,
      "model.safetensors: transformer.h.1.attn.c_attn.bias is no part of a GPT-2"
    ),
    (
      #""vocab_size": 264"#, #""vocab_size": 9999999"#,
      "model.safetensors: transformer.wte.weight is [264, 16], but config.json says [9999999, 16]"
    ),
    ("{", "[", "config.json: line 2, column"),
  ]

  @Test(arguments: otherModels)
  func anotherModelIsRefusedByWhatItSays(
    _ old: String, _ new: String, _ expected: String
  ) throws {
    let folder = try copy()
    let text = String(decoding: contents(folder.file("config.json")), as: UTF8.self)
    #expect(text.contains(old))
    overwrite(folder.file("config.json"), Array(text.replacing(old, with: new).utf8))
    #expect(fault(folder).hasPrefix(expected), "\(fault(folder))")
  }

  @Test(arguments: [
    ("config.json", "DIR: config.json is missing; name a folder as save_pretrained writes it"),
    (
      "model.safetensors",
      "DIR: model.safetensors is missing; name a folder as save_pretrained writes it"
    ),
    (
      "tokenizer.json",
      "DIR: no tokenizer in this folder; it should have tokenizer.json, or vocab.json and "
        + "merges.txt, or encoder.json and vocab.bpe"
    ),
  ])
  func aMissingFileIsNamed(_ name: String, _ expected: String) throws {
    let folder = try copy()
    try FileManager.default.removeItem(atPath: folder.file(name))
    #expect(fault(folder) == expected)
  }

  /// By its id, whatever it is called; a configuration that names a token of text is not believed.
  @Test(arguments: [("0", 0), ("[0, 7]", 0), ("7", nil), ("999", nil), ("null", nil)])
  func theMarkerIsTheOneOfTheConfiguration(_ id: String, _ expected: Int32?) throws {
    let folder = try copy()
    for (name, old, new) in [
      ("tokenizer.json", "<|endoftext|>", "~stop~"),
      ("config.json", #""eos_token_id": 0"#, #""eos_token_id": \#(id)"#),
    ] {
      let text = String(decoding: contents(folder.file(name)), as: UTF8.self)
      #expect(text.contains(old))
      overwrite(folder.file(name), Array(text.replacing(old, with: new).utf8))
    }
    let stored = try HuggingFaceModel(folder: folder.path)
    #expect(stored.tokenizer.endOfText == expected)
    let export = try HuggingFaceTests.export(try stored.gpt(), stored.tokenizer)
    let again = try HuggingFaceModel(folder: export.path)
    #expect(again.tokenizer.endOfText == expected && again.tokenizer.json == stored.tokenizer.json)
  }

  @Test func pickledWeightsAreNotRead() throws {
    let folder = try copy()
    try FileManager.default.moveItem(
      atPath: folder.file("model.safetensors"), toPath: folder.file("pytorch_model.bin"))
    #expect(fault(folder).contains("save_pretrained(folder, safe_serialization=True)"))
  }

  @Test(arguments: [0, 7, 100, 3_000])
  func truncatedWeightsAreRefused(_ count: Int) throws {
    let folder = try copy()
    let whole = contents(folder.file("model.safetensors"))
    overwrite(folder.file("model.safetensors"), Array(whole.prefix(count)))
    #expect(fault(folder).hasSuffix("the file is truncated or damaged: get it again"))
  }

  /// The tokens of one model with the weights of another.
  @Test func moreTokensThanRowsAreRefused() throws {
    let folder = try copy()
    let path = folder.file("tokenizer.json")
    let text = String(decoding: contents(path), as: UTF8.self)
    let more = (261..<270).map { "\"x\($0)\": \($0)," }.joined()
    overwrite(path, Array(text.replacing("\"vocab\": {", with: "\"vocab\": {\(more)").utf8))
    #expect(fault(folder).contains("the model has rows for 264 only"), "\(fault(folder))")
  }

  @Test func partsNamesWithoutPrefixAndMasksAreUnderstood() throws {
    let folder = try copy()
    let path = folder.file("model.safetensors")
    // In two parts, the second empty but for a mask.
    let mask = #"{"h.0.attn.bias":{"dtype":"U8","shape":[1,1,2,2],"data_offsets":[0,4]}}"#
    overwrite(
      folder.file("part-2.safetensors"),
      [UInt8(mask.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(mask.utf8) + [1, 0, 1, 1])
    let whole = contents(path)
    let length = Int(whole[0]) | Int(whole[1]) << 8
    let table = String(decoding: whole[8..<8 + length], as: UTF8.self)
      .replacing("transformer.", with: "")
    let padded = Array(table.utf8) + [UInt8](repeating: 32, count: length - table.utf8.count)
    overwrite(
      folder.file("part-1.safetensors"),
      Array(whole[..<8]) + padded + Array(whole[(8 + length)...]))
    overwrite(
      folder.file("model.safetensors.index.json"),
      Array(
        #"{"weight_map":{"wte.weight":"part-1.safetensors","h.0.attn.bias":"part-2.safetensors"}}"#
          .utf8))
    try FileManager.default.removeItem(atPath: path)
    let parts = try HuggingFaceModel(folder: folder.path).gpt()
    let one = try HuggingFaceModel(folder: Fixture.folder("tied_tanh")).gpt()
    #expect(parts.parameters.vector.array == one.parameters.vector.array)
    overwrite(
      folder.file("model.safetensors.index.json"),
      Array(#"{"weight_map":{"wte.weight":"../part-1.safetensors"}}"#.utf8))
    #expect(fault(folder).contains("wte.weight is in no file of this folder"))
  }

  /// config.json may call sizes by the names that all models of transformers know.
  @Test func sizesHaveSecondNames() throws {
    let folder = try copy()
    var text = String(decoding: contents(folder.file("config.json")), as: UTF8.self)
    for (key, alias) in [
      ("n_embd", "hidden_size"), ("n_head", "num_attention_heads"),
      ("n_layer", "num_hidden_layers"), ("n_positions", "max_position_embeddings"),
    ] {
      #expect(text.contains("\"\(key)\""))
      text = text.replacing("\"\(key)\"", with: "\"\(alias)\"")
    }
    overwrite(folder.file("config.json"), Array(text.utf8))
    let one = try HuggingFaceModel(folder: Fixture.folder("tied_tanh"))
    #expect(try HuggingFaceModel(folder: folder.path).configuration == one.configuration)
  }

  /// Beside the embedding, in its place, and one that is another.
  @Test func aHeadThatIsTheEmbeddingMayBeStored() throws {
    let folder = try copy()
    let path = folder.file("model.safetensors")
    let whole = contents(path)
    let length = Int(whole[0]) | Int(whole[1]) << 8
    let table = String(decoding: whole[8..<8 + length], as: UTF8.self)
    let data = Array(whole[(8 + length)...])
    func write(_ table: String, _ data: [UInt8]) {
      let count = table.utf8.count
      overwrite(
        path,
        [UInt8(count & 255), UInt8(count >> 8), 0, 0, 0, 0, 0, 0] + Array(table.utf8) + data)
    }
    write(table.replacing("transformer.wte.weight", with: "lm_head.weight"), data)
    let model = try HuggingFaceModel(folder: folder.path).gpt()
    let one = try HuggingFaceModel(folder: Fixture.folder("tied_tanh")).gpt()
    #expect(model.parameters.vector.array == one.parameters.vector.array)

    let header = try SafetensorsHeader(MappedFile(bytes: whole, path: path))
    let embedding = try #require(
      header.tensors.first { $0.name == "transformer.wte.weight" })
    let values = Array(whole[embedding.range])
    let end = try #require(table.lastIndex(of: "}"))
    let more =
      table[..<end] + #","lm_head.weight":{"dtype":"F32","shape":[264,16],"#
      + "\"data_offsets\":[\(data.count),\(data.count + values.count)]}}"
    write(String(more), data + values)
    #expect(fault(folder) == "none")
    write(String(more), data + values.dropLast(4) + [0, 0, 0, 64])
    #expect(
      fault(folder).hasPrefix(
        "model.safetensors: lm_head.weight differs from transformer.wte.weight, but config.json"))
  }

  /// Ten minutes: TRAINER_FUZZ_SECONDS=600.
  @Test func damagedConfigurationsNeverTrap() throws {
    let folder = try copy()
    let config = contents(folder.file("config.json"))
    let report = FuzzingReport(samples: [config]) { bytes in
      overwrite(folder.file("config.json"), bytes)
      _ = try HuggingFaceModel(folder: folder.path).gpt()
    }
    #expect(report.runCount > 50, "\(report)")
    #expect(report.memoryGrowth < 512 << 20, "\(report)")
  }
}
