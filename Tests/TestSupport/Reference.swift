// The naive version of every kernel, in Double: what the fast ones are measured against.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum Reference {
  /// Layer norm of one row: biased variance, ε inside the root.
  package static func layerNorm(
    _ x: [Double], weight: [Double], bias: [Double]?, epsilon: Double = 1e-5
  ) -> [Double] {
    let (mean, rstd) = statistics(x, epsilon: epsilon)
    return x.indices.map { (x[$0] - mean) * rstd * weight[$0] + (bias?[$0] ?? 0) }
  }

  /// Mean and 1/√(variance + ε) of one row.
  package static func statistics(_ x: [Double], epsilon: Double = 1e-5) -> (
    mean: Double, rstd: Double
  ) {
    let width = Double(x.count)
    let mean = x.reduce(0, +) / width
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / width
    return (mean, 1 / (variance + epsilon).squareRoot())
  }

  /// The gradient of one row's input by the whole Jacobian matrix:
  /// ∂yᵢ/∂xⱼ = weightᵢ · rstd · (δᵢⱼ - 1/n - nᵢ nⱼ / n) with nᵢ the normalized input.
  package static func layerNormInputGradient(
    _ dy: [Double], x: [Double], weight: [Double]
  ) -> [Double] {
    let (mean, rstd) = statistics(x)
    let width = Double(x.count)
    let normalized = x.map { ($0 - mean) * rstd }
    return x.indices.map { j in
      x.indices.reduce(0.0) { sum, i in
        let slope = (i == j ? 1 : 0) - 1 / width - normalized[i] * normalized[j] / width
        return sum + dy[i] * weight[i] * rstd * slope
      }
    }
  }

  package static func activate(_ x: Double, _ activation: VectorMath.Activation) -> Double {
    switch activation {
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .geluErf: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .relu: x < 0 ? 0 : x
    }
  }

  /// By central difference.
  package static func slope(_ x: Double, _ activation: VectorMath.Activation) -> Double {
    let step = 1e-5
    return (activate(x + step, activation) - activate(x - step, activation)) / (2 * step)
  }

  /// Softmax of a row.
  package static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let exponentials = x.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// Gradient of a softmax's input by the whole Jacobian: ∂wᵢ/∂sⱼ = scale · wᵢ (δᵢⱼ - wⱼ).
  package static func softmaxGradient(
    _ dWeights: [Double], weights: [Double], scale: Double
  ) -> [Double] {
    weights.indices.map { j in
      var sum = 0.0
      for i in weights.indices { sum += dWeights[i] * weights[i] * ((i == j ? 1 : 0) - weights[j]) }
      return sum * scale
    }
  }

  /// log Σ exp.
  package static func logSum(_ x: [Double]) -> Double {
    let largest = x.max() ?? 0
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
  }

  /// -log softmax(logits)[target].
  package static func crossEntropy(_ logits: [Double], target: Int) -> Double {
    logSum(logits) - logits[target]
  }

  /// a (rows × depth) · b (depth × columns), both row-major.
  package static func multiply(
    _ a: [Double], _ b: [Double], rows: Int, depth: Int, columns: Int
  ) -> [Double] {
    var product = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for inner in 0..<depth {
        for column in 0..<columns {
          product[row * columns + column] += a[row * depth + inner] * b[inner * columns + column]
        }
      }
    }
    return product
  }

  package static func transpose(_ x: [Double], rows: Int, columns: Int) -> [Double] {
    (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
  }
}
