// What GGUF files are called (ggml-org/ggml, docs/gguf.md, "GGUF Naming Convention").
import Models
import Tensors

package enum GGUFName {
  /// `Base-30M-Q8_0.gguf`: name, size, and what the matrices are.
  package static func file(
    _ name: String, _ configuration: ModelConfiguration, _ format: TensorFormat
  ) -> String {
    let words = name.split { !$0.isLetter && !$0.isNumber }
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }
    let base = words.isEmpty ? "Model" : words.joined(separator: "-")
    return "\(base)-\(sizeLabel(configuration))-\(format.ggufFileTypeName).gguf"
  }

  /// Number of parameters to two digits at least: 804K, 12M, 1.6B.
  static func sizeLabel(_ configuration: ModelConfiguration) -> String {
    let count = Double(ModelSize(configuration).parameterCount)
    let (value, letter) =
      count < 1e6 ? (count / 1e3, "K") : count < 1e9 ? (count / 1e6, "M") : (count / 1e9, "B")
    guard value < 9.95 else { return "\(Int(value.rounded()))\(letter)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)\(letter)"
  }
}
