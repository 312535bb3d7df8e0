// A golden file made by Tests/Fixtures/make_golden.py: a small GPT and what PyTorch computes.
import FoundationEssentials
import Models

package struct GoldenFile: CustomStringConvertible {
  package static let names = [
    "tied_bias_tanh", "tied_nobias_erf", "tied_bias_relu", "own_bias_erf", "own_nobias_relu",
    "own_nobias_tanh",
  ]

  package let name: String
  private let index: Index
  private let values: [Float]

  private struct Index: Decodable {
    let configuration: Configuration
    let inputs: [Int32]
    let targets: [Int32]
    let loss: Double
    let losses: [Double]
    /// Offset and count of every array.
    let arrays: [String: [Int]]
  }

  private struct Configuration: Decodable {
    let layers, heads, width, positions, vocabulary, usedVocabulary, rows, columns: Int
    let bias, tied, headBias: Bool
    let activation: String
  }

  private enum Fault: Error { case unknownActivation(String) }

  package init(_ name: String) throws {
    self.name = name
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/golden")
    index = try JSONDecoder().decode(
      Index.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(name).f32")))
    values = stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
  }

  package func configuration() throws -> ModelConfiguration {
    let c = index.configuration
    guard let activation = ModelConfiguration.Activation(rawValue: c.activation) else {
      throw Fault.unknownActivation(c.activation)
    }
    return ModelConfiguration(
      layerCount: c.layers, headCount: c.heads, embeddingWidth: c.width,
      contextLength: c.positions, vocabularySize: c.vocabulary,
      usedVocabularySize: c.usedVocabulary, bias: c.bias, activation: activation,
      tiedEmbeddings: c.tied, headBias: c.headBias)
  }

  package var batch: TokenBatch {
    TokenBatch(
      rows: index.configuration.rows, columns: index.configuration.columns, inputs: index.inputs,
      targets: index.targets)
  }

  /// Mean over the targets that count.
  package var loss: Double { index.loss }
  /// Mean losses of AdamW steps on the same batch, each before its update.
  package var losses: [Double] { index.losses }
  /// Number of parameter tensors.
  package var parameterTensorCount: Int {
    index.arrays.keys.count { $0.hasPrefix("parameters/") }
  }

  /// `parameters/NAME`, `gradients/NAME` (of the mean loss) or `logits`; empty when absent.
  package func array(_ name: String) -> [Float] {
    index.arrays[name].map { Array(values[$0[0]..<$0[0] + $0[1]]) } ?? []
  }

  package var description: String { name }
}
