// A GPT-2's config.json: what it says about the model, and what cannot be run here.
import ByteEncoding
import Models
import Text

/// The part of a `GPT2Config` that fixes parameters and arithmetic.
struct HuggingFaceConfiguration: Equatable {
  static let fileName = "config.json"
  static let layerNormEpsilon = 1e-5
  static let modelType = "gpt2"
  static let architecture = "GPT2LMHeadModel"

  /// With biases, as every GPT-2 there.
  let model: ModelConfiguration
  /// The id of the token that ends a text, where the file names one; of several, the first.
  let endOfText: Int?

  /// Reads what is in the file.
  /// - Throws: `ModelFileError.malformed`, `unsupported` for what would give other numbers here.
  init(_ file: MappedFile) throws(ModelFileError) {
    let path = file.path
    let root = try file.json()
    try Self.checkArchitecture(root, path)
    try Self.checkOptions(root, path)
    func number(
      _ key: String, or alias: String? = nil, in range: ClosedRange<Int>, default standard: Int
    ) throws(ModelFileError) -> Int {
      guard let node = root[key] ?? alias.flatMap({ root[$0] }) else { return standard }
      guard let value = node.integer, range.contains(value) else {
        throw .unsupported(
          path: path,
          reason: "\(key) should be a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    // What is missing is GPT-2's, and some keys have a second name (transformers,
    // configuration_gpt2.py).
    let width = try number("n_embd", or: "hidden_size", in: ModelLimits.width, default: 768)
    let heads = try number(
      "n_head", or: "num_attention_heads", in: ModelLimits.width, default: 12)
    guard width % heads == 0 else {
      throw .unsupported(path: path, reason: "n_head \(heads) does not divide n_embd \(width)")
    }
    if let inner = root["n_inner"], inner.integer != 4 * width {
      throw .unsupported(
        path: path,
        reason: "n_inner \(Self.text(inner)): only feed-forward layers of 4 × n_embd are supported")
    }
    let end = root["eos_token_id"]
    endOfText = end?.integer ?? end?.items?.first?.integer
    model = ModelConfiguration(
      layerCount: try number(
        "n_layer", or: "num_hidden_layers", in: ModelLimits.layers, default: 12),
      headCount: heads, embeddingWidth: width,
      contextLength: try number(
        "n_positions", or: "max_position_embeddings", in: ModelLimits.context, default: 1_024),
      vocabularySize: try number("vocab_size", in: ModelLimits.vocabulary, default: 50_257),
      dropout: try Self.dropout(root, path), bias: true,
      activation: try Self.activation(root, path),
      tiedEmbeddings: try Self.tiesEmbeddings(root, path))
  }

  private static func tiesEmbeddings(
    _ root: JSONNode, _ path: String
  ) throws(ModelFileError) -> Bool {
    guard let node = root["tie_word_embeddings"] else { return true }
    guard let flag = node.flag else {
      throw .unsupported(
        path: path, reason: "tie_word_embeddings \(text(node)) should be true or false")
    }
    return flag
  }

  private static func checkArchitecture(
    _ root: JSONNode, _ path: String
  ) throws(ModelFileError) {
    guard case .object = root else {
      throw .malformed(path: path, reason: "it should hold one object")
    }
    let type = root["model_type"]?.text ?? "unknown"
    guard type == modelType else {
      throw .unsupported(
        path: path,
        reason: "a model of type \(type); only GPT-2 (model_type gpt2) can be imported")
    }
    let known = [architecture, "GPT2Model"]
    for name in root["architectures"]?.items?.compactMap(\.text) ?? []
    where !known.contains(name) {
      throw .unsupported(
        path: path,
        reason: "the architecture \(name) is no language model; there are "
          + known.joined(separator: ", "))
    }
  }

  /// Options that change the arithmetic, and the value that stands for GPT-2's own.
  private static func checkOptions(_ root: JSONNode, _ path: String) throws(ModelFileError) {
    let flags = [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false),
      ("reorder_and_upcast_attn", false), ("add_cross_attention", false),
    ]
    for (key, standard) in flags where root[key] != nil && root[key]?.flag != standard {
      throw .unsupported(
        path: path,
        reason: "\(key) \(root[key].map(text) ?? ""): only \(standard) is supported, as in GPT-2")
    }
    if let node = root["layer_norm_epsilon"], node.number != layerNormEpsilon {
      throw .unsupported(
        path: path,
        reason: "layer_norm_epsilon \(text(node)): only \(layerNormEpsilon) is supported")
    }
    if root["quantization_config"] != nil {
      throw .unsupported(
        path: path, reason: "the weights are quantised; import the model they were made from")
    }
  }

  private static func activation(
    _ root: JSONNode, _ path: String
  ) throws(ModelFileError) -> ModelConfiguration.Activation {
    guard let node = root["activation_function"] else { return .geluTanh }
    switch node.text {
    // Three ways to write the same formula.
    case "gelu_new", "gelu_fast", "gelu_pytorch_tanh": return .geluTanh
    case "gelu": return .geluErf
    case "relu": return .relu
    default:
      throw .unsupported(
        path: path,
        reason: "activation_function \(text(node)) is not supported; there are gelu_new, gelu, relu"
      )
    }
  }

  private static func dropout(_ root: JSONNode, _ path: String) throws(ModelFileError) -> Float {
    guard let node = root["resid_pdrop"] else { return 0.1 }
    guard let value = node.number, value >= 0, value < 1 else {
      throw .unsupported(path: path, reason: "resid_pdrop \(text(node)) is no probability")
    }
    return Float(value)
  }

  private static func text(_ node: JSONNode) -> String {
    switch node {
    case .boolean(let flag): "\(flag)"
    case .number(let text), .string(let text): text
    default: "of no known form"
    }
  }
}

extension HuggingFaceConfiguration {
  /// What `activation_function` calls it.
  private static func name(of activation: ModelConfiguration.Activation) -> String {
    switch activation {
    case .geluTanh: "gelu_new"
    case .geluErf: "gelu"
    case .relu: "relu"
    }
  }

  /// config.json with its keys in order, as transformers writes it.
  /// - Parameter endOfText: the marker between documents, where the tokenizer has one.
  static func file(
    _ model: ModelConfiguration, _ format: FloatFormat, endOfText: Int32?
  ) -> [UInt8] {
    var writer = JSONDocumentWriter(isPretty: true)
    writer.object { writer in
      func integer(_ key: String, _ value: Int?) {
        writer.key(key)
        if let value { writer.integer(value) } else { writer.null() }
      }
      func number(_ key: String, _ value: Double) {
        writer.key(key)
        writer.number(value)
      }
      // A Float's own digits: 0.1, not the Double next to it.
      let dropout = Double("\(model.dropout)") ?? Double(model.dropout)
      writer.member("activation_function", name(of: model.activation))
      writer.key("architectures")
      writer.array { $0.string(architecture) }
      number("attn_pdrop", dropout)
      integer("bos_token_id", endOfText.map { Int($0) })
      number("embd_pdrop", dropout)
      integer("eos_token_id", endOfText.map { Int($0) })
      number("initializer_range", 0.02)
      number("layer_norm_epsilon", layerNormEpsilon)
      writer.member("model_type", modelType)
      // Read by llama.cpp's converter.
      integer("n_ctx", model.contextLength)
      integer("n_embd", model.embeddingWidth)
      integer("n_head", model.headCount)
      integer("n_inner", nil)
      integer("n_layer", model.layerCount)
      integer("n_positions", model.contextLength)
      writer.member("reorder_and_upcast_attn", false)
      number("resid_pdrop", dropout)
      writer.member("scale_attn_by_inverse_layer_idx", false)
      writer.member("scale_attn_weights", true)
      writer.member("tie_word_embeddings", model.tiedEmbeddings)
      writer.member("torch_dtype", format.torchName)
      writer.member("use_cache", true)
      integer("vocab_size", model.usedVocabularySize)
    }
    return writer.text + [UInt8(ascii: "\n")]
  }

  /// generation_config.json.
  static func generationFile(endOfText: Int32?) -> [UInt8] {
    var writer = JSONDocumentWriter(isPretty: true)
    writer.object { writer in
      writer.member("_from_model_config", true)
      guard let endOfText else { return }
      for key in ["bos_token_id", "eos_token_id"] {
        writer.key(key)
        writer.integer(Int(endOfText))
      }
    }
    return writer.text + [UInt8(ascii: "\n")]
  }
}

extension FloatFormat {
  /// PyTorch's name of the type.
  fileprivate var torchName: String {
    switch self {
    case .f32: "float32"
    case .f16: "float16"
    case .bf16: "bfloat16"
    }
  }
}
