// What a GPT needs to predict, in the formats in which it is stored.
import Tensors

/// A model's weights by their places. Norms, biases and positions are floats; matrices are what they
/// are in their file.
package struct GPTWeights: Sendable {
  struct Norm {
    let weight: Vector
    let bias: Vector?
  }

  /// Weight [out, in], bias [out].
  struct Linear {
    let weight: WeightMatrix
    let bias: Vector?
  }

  struct Block {
    let norm1: Norm
    let projectIn: Linear
    let projectOut: Linear
    let norm2: Norm
    let up: Linear
    let down: Linear
  }

  package let configuration: ModelConfiguration
  let tokenEmbedding: WeightMatrix
  let positionEmbedding: WeightMatrix
  let blocks: [Block]
  let finalNorm: Norm
  /// Rows of used tokens only.
  let head: Linear

  /// - Parameters:
  ///   - matrix: the weight of a parameter's name, of the shape in `ParameterLayout.gpt`.
  ///   - vector: the values of a norm or a bias; nil where the model has none.
  package init<Failure>(
    _ configuration: ModelConfiguration,
    matrix: (String) throws(Failure) -> WeightMatrix,
    vector: (String) throws(Failure) -> Vector?
  ) throws(Failure) {
    func norm(_ name: String) throws(Failure) -> Norm {
      guard let weight = try vector("\(name).weight") else {
        preconditionFailure("\(name) has no weight")
      }
      return Norm(weight: weight, bias: try vector("\(name).bias"))
    }
    func linear(_ name: String) throws(Failure) -> Linear {
      Linear(weight: try matrix("\(name).weight"), bias: try vector("\(name).bias"))
    }
    self.configuration = configuration
    tokenEmbedding = try matrix("wte.weight")
    positionEmbedding = try matrix("wpe.weight")
    var blocks: [Block] = []
    for layer in 0..<configuration.layerCount {
      blocks.append(
        Block(
          norm1: try norm("h.\(layer).ln_1"), projectIn: try linear("h.\(layer).attn.c_attn"),
          projectOut: try linear("h.\(layer).attn.c_proj"), norm2: try norm("h.\(layer).ln_2"),
          up: try linear("h.\(layer).mlp.c_fc"), down: try linear("h.\(layer).mlp.c_proj")))
    }
    self.blocks = blocks
    finalNorm = try norm("ln_f")
    let head = try configuration.tiedEmbeddings ? tokenEmbedding : matrix("lm_head.weight")
    self.head = Linear(
      weight: head.prefix(configuration.usedVocabularySize), bias: try vector("lm_head.bias"))
  }

  /// A model's own parameters; matrices other than the positions in `format`, norms and biases as
  /// they are. In single precision they are the model's memory, in another format all are copies.
  /// - Precondition: the model's rows are whole blocks of the format.
  package init(_ model: GPT, format: TensorFormat = .f32, team: ThreadTeam) {
    let layout = model.layout
    let parameters = model.parameters
    // A single window into the model's parameters would keep the memory of all of them.
    func kept(_ entry: ParameterLayout.Entry) -> Vector {
      let values = parameters.vector(entry)
      return format == .f32 ? values : Vector(values.array)
    }
    self.init(
      model.configuration,
      matrix: { name in
        guard let entry = layout[name] else { preconditionFailure("the layout has no \(name)") }
        func matrix(_ values: Vector) -> Matrix {
          Matrix(values, rows: entry.shape[0], columns: entry.shape[1])
        }
        return format == .f32 || name == "wpe.weight"
          ? WeightMatrix(matrix(kept(entry)))
          : WeightMatrix(matrix(parameters.vector(entry)), format: format, team: team)
      },
      vector: { name in layout[name].map(kept) })
  }
}
