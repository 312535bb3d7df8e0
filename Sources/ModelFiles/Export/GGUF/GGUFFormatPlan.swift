// Which format each tensor of an export gets.
import Models
import Tensors

/// The mixture that llama.cpp's own quantiser makes for GPT-2
/// (ggml-org/llama.cpp, src/llama-quant.cpp): norms, biases and positions stay single; the output,
/// which is also the token embedding where they are tied, gets more bits; what a type cannot hold
/// gets the nearest that can (for q5_k llama.cpp takes Q5_1; Q5_0 has as many levels).
struct GGUFFormatPlan: Sendable {
  let requested: TensorFormat
  let configuration: ModelConfiguration

  /// - Parameter parameter: its name in `ParameterLayout.gpt`.
  func format(of parameter: String, shape: [Int]) -> TensorFormat {
    guard shape.count == 2, parameter != "wpe.weight" else { return .f32 }
    return fallback(wanted(parameter), columns: shape[1])
  }

  /// What the parameter would get if it had any shape.
  func wanted(_ parameter: String) -> TensorFormat {
    guard requested.isQuantized else { return requested }
    if isOutput(parameter) { return requested == .q8 ? .q8 : .q6K }
    let isMixed = requested == .q4K || requested == .q5K
    return isMixed && needsMoreBits(parameter) ? .q6K : requested
  }

  private func isOutput(_ parameter: String) -> Bool {
    parameter == (configuration.tiedEmbeddings ? "wte.weight" : "lm_head.weight")
  }

  /// Attention's and the feed-forward layer's most sensitive matrices, in the first and last eighth
  /// of the blocks and in every third between.
  private func needsMoreBits(_ parameter: String) -> Bool {
    guard parameter.hasSuffix("attn.c_attn.weight") || parameter.hasSuffix("mlp.c_proj.weight"),
      let block = parameter.split(separator: ".").dropFirst().first.flatMap({ Int($0) })
    else { return false }
    let count = configuration.layerCount
    return block < count / 8 || block >= 7 * count / 8 || (block - count / 8) % 3 == 2
  }

  private func fallback(_ format: TensorFormat, columns: Int) -> TensorFormat {
    if format.fits(columns: columns) { return format }
    let smaller: TensorFormat =
      switch format {
      case .q4K, .q5K: .q5
      case .q6K: .q8
      default: .f16
      }
    return smaller.fits(columns: columns) ? smaller : .f16
  }

  /// What the user should know: for each format that had to be replaced one line.
  func notes(_ entries: [ParameterLayout.Entry]) -> [String] {
    let replaced = entries.filter {
      $0.shape.count == 2 && $0.name != "wpe.weight"
        && !wanted($0.name).fits(columns: $0.shape[1])
    }
    var notes: [String] = []
    for wanted in TensorFormat.encodable {
      for actual in TensorFormat.encodable {
        let matches = replaced.filter {
          self.wanted($0.name) == wanted && format(of: $0.name, shape: $0.shape) == actual
        }
        guard let first = matches.first else { continue }
        let names =
          matches.count == 1
          ? "\(GGUFTensorNames.name(of: first.name)) is"
          : "\(matches.count) tensors (\(GGUFTensorNames.name(of: first.name)), …) are"
        notes.append(
          "\(names) in \(actual.rawValue): \(wanted.rawValue) takes rows of multiples of "
            + "\(wanted.blockLength) values, theirs have \(first.shape[1])")
      }
    }
    return notes
  }
}
