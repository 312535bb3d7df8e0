// Numbers and names of GGUF, llama.cpp's format of model files
// (ggml-org/ggml, docs/gguf.md; ggml-org/llama.cpp, ggml/include/gguf.h).
import Tensors

enum GGUFFormat {
  static let magic = Array("GGUF".utf8)
  /// Version 3 differs from 2 in files of big-endian machines only.
  static let versions: ClosedRange<UInt32> = 2...3
  /// Of tensors, in bytes, where a file does not say.
  static let alignment = 32
  static let alignments: ClosedRange<Int64> = 8...1 << 20
  /// Bytes of a tensor's name at most, a terminating zero included.
  static let longestTensorName = 64
  static let mostDimensions: UInt32 = 4
  static let architecture = "gpt2"

  /// Types of metadata.
  enum ValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
    case uint64, int64, float64
  }

  /// Names of metadata; those of the model stand behind its architecture's name.
  enum Key {
    static let architecture = "general.architecture"
    static let type = "general.type"
    static let name = "general.name"
    static let sizeLabel = "general.size_label"
    static let fileType = "general.file_type"
    static let quantizationVersion = "general.quantization_version"
    static let alignment = "general.alignment"

    static let contextLength = "gpt2.context_length"
    static let embeddingLength = "gpt2.embedding_length"
    static let blockCount = "gpt2.block_count"
    static let feedForwardLength = "gpt2.feed_forward_length"
    static let headCount = "gpt2.attention.head_count"
    static let layerNormEpsilon = "gpt2.attention.layer_norm_epsilon"

    static let tokenizerModel = "tokenizer.ggml.model"
    static let preTokenizer = "tokenizer.ggml.pre"
    static let tokens = "tokenizer.ggml.tokens"
    static let tokenTypes = "tokenizer.ggml.token_type"
    static let merges = "tokenizer.ggml.merges"
    static let beginOfText = "tokenizer.ggml.bos_token_id"
    static let endOfText = "tokenizer.ggml.eos_token_id"
    static let addsBeginOfText = "tokenizer.ggml.add_bos_token"
  }

  static let quantizationVersion: UInt32 = 2

  /// ggml's types of tensors by number; empty where a number was given up.
  private static let typeNames = [
    "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K",
    "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S",
    "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0", "TQ2_0", "",
    "", "", "MXFP4", "NVFP4", "Q1_0", "Q2_0",
  ]

  /// The name of a tensor's type; nil for a number that none has.
  static func typeName(_ code: UInt32) -> String? {
    guard code < typeNames.count else { return nil }
    let name = typeNames[Int(code)]
    return name.isEmpty ? nil : name
  }
}

extension TensorFormat {
  /// ggml's number of this type.
  var ggmlType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4: 2
    case .q4Affine: 3
    case .q5: 6
    case .q5Affine: 7
    case .q8: 8
    case .q2K: 10
    case .q3K: 11
    case .q4K: 12
    case .q5K: 13
    case .q6K: 14
    case .iq4NL: 20
    case .iq4XS: 23
    case .bf16: 30
    }
  }

  init?(ggmlType: UInt32) {
    guard let format = Self.allCases.first(where: { $0.ggmlType == ggmlType }) else { return nil }
    self = format
  }

  /// `general.file_type` of a file whose matrices are mostly of this type (llama.cpp,
  /// `llama_ftype`).
  var ggufFileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4: 2
    case .q8: 7
    case .q5: 8
    case .q4K: 15
    case .q5K: 17
    case .q6K: 18
    case .bf16: 32
    case .q4Affine, .q5Affine, .q2K, .q3K, .iq4NL, .iq4XS:
      preconditionFailure("\(rawValue) is only read")
    }
  }

  /// What llama.cpp calls such a file.
  package var ggufFileTypeName: String {
    switch self {
    case .q4K: "Q4_K_M"
    case .q5K: "Q5_K_M"
    default: rawValue.uppercased()
    }
  }
}
