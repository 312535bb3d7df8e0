// What a model attends to, for looking at: computed plainly from the layer's queries and keys.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension GPT {
  /// The attention weights of a layer: for each head T × T, row q holding how much of each token's
  /// value the token q takes. Rows sum to 1; what lies after q is 0.
  /// - Precondition: the model computes in single precision; 1 to a context of tokens.
  package func attentionWeights(_ tokens: [Int32], layer: Int) -> [Matrix] {
    precondition(
      layer >= 0 && layer < configuration.layerCount,
      "layer \(layer) of \(configuration.layerCount)")
    guard case .single(let qkv) = attentionInput(tokens, layer: layer) else {
      preconditionFailure("attention is looked at in single precision")
    }
    let width = configuration.headWidth
    let scale = 1 / Float(width).squareRoot()
    return (0..<configuration.headCount).map { head in
      let columns = head * width..<(head + 1) * width
      let queries = qkv.columns(columns)
      let keys = qkv.columns(configuration.embeddingWidth..<2 * configuration.embeddingWidth)
        .columns(columns)
      let weights = Matrix.zeros(tokens.count, tokens.count)
      for query in 0..<tokens.count {
        let scores = (0...query).map { key in
          scale * zip(queries.row(query).array, keys.row(key).array).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let largest = scores.max() ?? 0
        let exponentials = scores.map { exp($0 - largest) }
        let sum = exponentials.reduce(0, +)
        for (key, value) in exponentials.enumerated() { weights[query, key] = value / sum }
      }
      return weights
    }
  }

  /// The vector with which a token enters the model, C wide.
  package func tokenEmbedding(_ token: Int32) -> Vector { embeddings.row(Int(token)) }

  /// One row for each token of the used vocabulary.
  private var embeddings: Matrix {
    guard let entry = layout["wte.weight"] else {
      preconditionFailure("a GPT has a token embedding")
    }
    return Matrix(
      parameters.vector(entry), rows: entry.shape[0], columns: entry.shape[1]
    ).rows(0..<configuration.usedVocabularySize)
  }

  /// The cosine of the angle between `direction` and every token's embedding.
  package func cosines(to direction: [Double]) -> [Double] {
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let embeddings = embeddings
    return (0..<embeddings.rows).map { token in
      var (dot, square) = (0.0, 0.0)
      for (a, b) in zip(embeddings.row(token).array, direction) {
        dot += Double(a) * b
        square += Double(a) * Double(a)
      }
      let product = length * square.squareRoot()
      return product > 0 ? dot / product : 0
    }
  }
}
