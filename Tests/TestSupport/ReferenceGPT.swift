// A naive GPT-2 in Double: forward pass and loss only, so that gradients can be had from it by
// differences, without trusting any backward pass.
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package struct ReferenceGPT {
  private let configuration: ModelConfiguration
  /// Row-major, by GPT-2's names.
  package var parameters: [String: [Double]]

  private typealias Row = [Double]

  /// With the present parameters of `model`.
  package init(_ model: GPT) {
    configuration = model.configuration
    parameters = [:]
    for entry in model.layout.entries {
      parameters[entry.name] = model.parameters.vector(entry).array.map(Double.init)
    }
  }

  /// The sum of the losses of all targets that count.
  package func loss(_ batch: TokenBatch, dropout: DropoutSource?) -> Double {
    zip(logits(batch, dropout: dropout), batch.targets).reduce(0) { sum, next in
      let (logits, target) = next
      return target < 0 ? sum : sum + Reference.crossEntropy(logits, target: Int(target))
    }
  }

  /// Logits of the used vocabulary for every token, sequence after sequence.
  package func logits(_ batch: TokenBatch, dropout: DropoutSource?) -> [[Double]] {
    (0..<batch.rows).flatMap { sequence in
      let tokens = batch.inputs[sequence * batch.columns..<(sequence + 1) * batch.columns]
      return logits(
        Array(tokens), masks: Masks(configuration, dropout, sequence: sequence, time: batch.columns)
      )
    }
  }

  private func logits(_ tokens: [Int32], masks: Masks) -> [Row] {
    let width = configuration.embeddingWidth
    var stream = embed(tokens)
    stream = masks.apply(to: stream, site: 0)
    for layer in 0..<configuration.layerCount {
      stream = block(stream, layer, masks)
    }
    let used = configuration.usedVocabularySize
    let weight = values(configuration.tiedEmbeddings ? "wte.weight" : "lm_head.weight")
    let bias = parameters["lm_head.bias"]
    return norm("ln_f", stream).map { row in
      (0..<used).map { dot(weight, $0 * width, row, 0, width) + (bias?[$0] ?? 0) }
    }
  }

  private func embed(_ tokens: [Int32]) -> [Row] {
    let width = configuration.embeddingWidth
    let (embedding, positions) = (values("wte.weight"), values("wpe.weight"))
    return tokens.indices.map { position in
      (0..<width).map {
        embedding[Int(tokens[position]) * width + $0] + positions[position * width + $0]
      }
    }
  }

  private func block(_ input: [Row], _ layer: Int, _ masks: Masks) -> [Row] {
    let name = "h.\(layer)"
    let attended = linear(
      "\(name).attn.c_proj",
      attention(
        linear("\(name).attn.c_attn", norm("\(name).ln_1", input)), site: 1 + 3 * layer, masks))
    let middle = add(input, masks.apply(to: attended, site: 2 + 3 * layer))
    let hidden = linear("\(name).mlp.c_fc", norm("\(name).ln_2", middle))
    let activation: VectorMath.Activation =
      switch configuration.activation {
      case .geluTanh: .geluTanh
      case .geluErf: .geluErf
      case .relu: .relu
      }
    let output = linear(
      "\(name).mlp.c_proj", hidden.map { $0.map { Reference.activate($0, activation) } })
    return add(middle, masks.apply(to: output, site: 3 + 3 * layer))
  }

  /// What each head of a layer attends to: T × T, with nothing behind the diagonal.
  package func attentionWeights(_ tokens: [Int32], layer: Int) -> [[[Double]]] {
    let masks = Masks(configuration, nil, sequence: 0, time: tokens.count)
    var stream = embed(tokens)
    for earlier in 0..<layer { stream = block(stream, earlier, masks) }
    let qkv = linear("h.\(layer).attn.c_attn", norm("h.\(layer).ln_1", stream))
    return (0..<configuration.headCount).map { head in
      qkv.indices.map { weights(qkv, head: head, query: $0) }
    }
  }

  private func weights(_ qkv: [Row], head: Int, query: Int) -> Row {
    let width = configuration.embeddingWidth
    let size = width / configuration.headCount
    return Reference.softmax(
      (0...query).map { key in
        dot(qkv[query], head * size, qkv[key], width + head * size, size)
          / Double(size).squareRoot()
      })
  }

  /// Every query looks at itself and the past, head by head.
  private func attention(_ qkv: [Row], site: Int, _ masks: Masks) -> [Row] {
    let width = configuration.embeddingWidth
    let heads = configuration.headCount
    let size = width / heads
    var output = qkv.map { _ in Row(repeating: 0, count: width) }
    for head in 0..<heads {
      for query in qkv.indices {
        let weights = masks.apply(
          to: weights(qkv, head: head, query: query), site: site, head: head, query: query)
        for key in 0...query {
          for column in 0..<size {
            output[query][head * size + column] +=
              weights[key] * qkv[key][2 * width + head * size + column]
          }
        }
      }
    }
    return output
  }

  private func norm(_ name: String, _ x: [Row]) -> [Row] {
    let (weight, bias) = (values("\(name).weight"), parameters["\(name).bias"])
    return x.map { Reference.layerNorm($0, weight: weight, bias: bias) }
  }

  /// Weight [out, in].
  private func linear(_ name: String, _ x: [Row]) -> [Row] {
    let (weight, bias) = (values("\(name).weight"), parameters["\(name).bias"])
    return x.map { row in
      (0..<weight.count / row.count).map {
        dot(weight, $0 * row.count, row, 0, row.count) + (bias?[$0] ?? 0)
      }
    }
  }

  private func values(_ name: String) -> [Double] {
    guard let values = parameters[name] else { preconditionFailure("no parameter \(name)") }
    return values
  }

  private func add(_ a: [Row], _ b: [Row]) -> [Row] {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  private func dot(_ a: Row, _ first: Int, _ b: Row, _ second: Int, _ count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += a[first + index] * b[second + index] }
    return sum
  }
}

/// The dropout masks of one sequence, read off by sending ones through `DropoutMask`.
///
/// Sites: 0 embedding; 1 + 3 · layer attention weights, 2 + 3 · layer attention's output,
/// 3 + 3 · layer feed-forward's output. Rows are counted over the whole step's batch.
private struct Masks {
  private let configuration: ModelConfiguration
  private let source: DropoutSource?
  private let sequence: Int
  private let time: Int
  private let ones: Matrix

  init(
    _ configuration: ModelConfiguration, _ source: DropoutSource?, sequence: Int, time: Int
  ) {
    self.configuration = configuration
    self.time = time
    self.source = configuration.dropout > 0 ? source : nil
    self.sequence = sequence + (source?.firstRow ?? 0)
    ones = Matrix.zeros(1, max(time, configuration.embeddingWidth))
  }

  func apply(to x: [[Double]], site: Int) -> [[Double]] {
    x.enumerated().map { position, row in
      apply(to: row, site: site, maskRow: sequence * time + position)
    }
  }

  /// One query's attention weights, over the keys that it sees.
  func apply(to weights: [Double], site: Int, head: Int, query: Int) -> [Double] {
    let row = (sequence * configuration.headCount + head) * time + query
    return apply(to: weights, site: site, maskRow: row)
  }

  private func apply(to row: [Double], site: Int, maskRow: Int) -> [Double] {
    guard let source else { return row }
    let mask = DropoutMask(
      probability: configuration.dropout, seed: source.seed, step: source.step, site: site)
    let factors = ones.columns(0..<row.count)
    factors.vector.fill(1)
    VectorMath.dropout(factors, into: factors, mask.rows(from: maskRow))
    return zip(row, factors.vector.array).map { $0 * Double($1) }
  }
}
