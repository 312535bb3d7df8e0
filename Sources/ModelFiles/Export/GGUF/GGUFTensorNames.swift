// Tensors of GPT-2 by their names in GGUF files and in this trainer.
import Models
import Tensors

/// llama.cpp's names of tensors, from and to those of `ParameterLayout.gpt`
/// (ggml-org/llama.cpp, gguf-py/gguf/tensor_mapping.py).
enum GGUFTensorNames {
  private static let outer = [
    (ours: "wte", theirs: "token_embd"), (ours: "wpe", theirs: "position_embd"),
    (ours: "ln_f", theirs: "output_norm"), (ours: "lm_head", theirs: output),
  ]
  private static let inBlock = [
    (ours: "ln_1", theirs: "attn_norm"), (ours: "attn.c_attn", theirs: "attn_qkv"),
    (ours: "attn.c_proj", theirs: "attn_output"), (ours: "ln_2", theirs: "ffn_norm"),
    (ours: "mlp.c_fc", theirs: "ffn_up"), (ours: "mlp.c_proj", theirs: "ffn_down"),
  ]
  static let output = "output"

  /// The name in GGUF files of a parameter.
  static func name(of parameter: String) -> String {
    let parts = parameter.split(separator: ".", omittingEmptySubsequences: false)
    let kind = parts.last ?? ""
    if parts.first == "h", parts.count > 3 {
      let layer = parts[2..<parts.count - 1].joined(separator: ".")
      if let found = inBlock.first(where: { $0.ours == layer }) {
        return "blk.\(parts[1]).\(found.theirs).\(kind)"
      }
    } else if let found = outer.first(where: { $0.ours == parts[0] }) {
      return "\(found.theirs).\(kind)"
    }
    preconditionFailure("\(parameter) is no parameter of GPT-2")
  }
}
