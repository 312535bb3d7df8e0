// The tensors of a GPT2LMHeadModel: names, shapes, and which of them stand on their side.
import Models
import Tensors

/// One tensor there and the parameter it is here.
struct HuggingFaceTensor {
  static let prefix = "transformer."
  static let embedding = "wte.weight"
  static let head = "lm_head.weight"

  /// In the file.
  let name: String
  /// In a layout.
  let parameter: String
  /// In the file.
  let shape: [Int]
  /// `Conv1D` keeps its weights [in, out], linear layers [out, in].
  let isTransposed: Bool

  /// In the file, as models without a head (and those that OpenAI has published) call it.
  var shortName: String { parameter }

  var count: Int { shape.reduce(1, *) }

  /// All tensors of a model with biases.
  static func all(_ configuration: ModelConfiguration) -> [HuggingFaceTensor] {
    var configuration = configuration
    configuration.bias = true
    configuration.headBias = false
    configuration.vocabularySize = configuration.usedVocabularySize
    return ParameterLayout.gpt(configuration).entries.map { entry in
      let isTransposed = entry.shape.count == 2 && entry.name.hasPrefix("h.")
      return HuggingFaceTensor(
        name: entry.name == head ? head : prefix + entry.name, parameter: entry.name,
        shape: isTransposed ? entry.shape.reversed() : entry.shape, isTransposed: isTransposed)
    }
  }

  /// Buffers that older versions have saved beside the weights: the causal mask, which is no
  /// parameter.
  static func isMask(_ name: String) -> Bool {
    guard name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") else { return false }
    return name.hasPrefix("h.") || name.hasPrefix("\(prefix)h.")
  }

  /// The values as the file has them. Rows that stand for no token are left out, and biases that the
  /// model lacks are zero.
  func values(of layout: ParameterLayout, _ parameters: FloatBuffer) -> Vector {
    guard let entry = layout[parameter] else { return .zeros(count) }
    let own = parameters.vector(entry)[0..<count]
    guard isTransposed else { return own }
    let turned = Matrix.zeros(shape[0], shape[1])
    Matrix(own, rows: shape[1], columns: shape[0]).transpose(into: turned)
    return turned.vector
  }
}
