// GPT-2's parameters: names, shapes and initial values.
import Tensors

extension ParameterLayout {
  /// GPT-2's initialisation (Radford et al., 2019): N(0, 0.02) for weights and embeddings, the
  /// projections into the residual stream scaled by 1/√(2L), biases 0, norms 1.
  package static func gpt(_ configuration: ModelConfiguration) -> ParameterLayout {
    let width = configuration.embeddingWidth
    let deviation: Float = 0.02
    let weight = InitialValue.normal(standardDeviation: deviation)
    let projection = InitialValue.normal(
      standardDeviation: deviation / Float(2 * configuration.layerCount).squareRoot())
    var layout = ParameterLayout()

    func linear(_ name: String, _ rows: Int, _ columns: Int, _ initialValue: InitialValue) {
      layout.append("\(name).weight", [rows, columns], initialValue)
      if configuration.bias { layout.append("\(name).bias", [rows], .zeros) }
    }
    func norm(_ name: String) {
      layout.append("\(name).weight", [width], .ones)
      if configuration.bias { layout.append("\(name).bias", [width], .zeros) }
    }

    layout.append("wte.weight", [configuration.vocabularySize, width], weight)
    layout.append("wpe.weight", [configuration.contextLength, width], weight)
    for layer in 0..<configuration.layerCount {
      norm("h.\(layer).ln_1")
      linear("h.\(layer).attn.c_attn", 3 * width, width, weight)
      linear("h.\(layer).attn.c_proj", width, width, projection)
      norm("h.\(layer).ln_2")
      linear("h.\(layer).mlp.c_fc", configuration.hiddenWidth, width, weight)
      linear("h.\(layer).mlp.c_proj", width, configuration.hiddenWidth, projection)
    }
    norm("ln_f")
    if !configuration.tiedEmbeddings {
      layout.append("lm_head.weight", [configuration.vocabularySize, width], weight)
      if configuration.headBias {
        layout.append("lm_head.bias", [configuration.vocabularySize], .zeros)
      }
    }
    return layout
  }
}
