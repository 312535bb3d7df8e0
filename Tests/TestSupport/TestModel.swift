// Small models with random parameters, and batches for them.
import Models
import Tensors

extension GPT {
  /// Every parameter random, biases and norms too, so that none can be left out unnoticed.
  package static func random(
    _ configuration: ModelConfiguration, precision: ProductPrecision = .single,
    trainable: Bool = true, seed: Int = 1, threadCount: Int = 2
  ) -> GPT {
    let model = GPT(
      configuration, precision: precision, trainable: trainable,
      team: ThreadTeam(threadCount: threadCount))
    for (index, entry) in model.layout.entries.enumerated() {
      let isNorm = entry.initialValue == .ones
      model.parameters.vector(entry).copy(
        from: Vector(
          randomValues(
            entry.count, seed: 1_000 * seed + index, mean: isNorm ? 1 : 0, deviation: 0.15)))
    }
    model.parametersDidChange()
    return model
  }

  /// A random model of one layer that adds nothing, so that the head reads the norm of the embeddings.
  package static func headAlone(
    _ configuration: ModelConfiguration, _ precision: ProductPrecision, threadCount: Int = 2
  ) -> GPT {
    let model = random(configuration, precision: precision, threadCount: threadCount)
    for entry in model.layout.entries where entry.name.contains(".c_proj.") {
      model.parameters.vector(entry).fill(0)
    }
    model.parametersDidChange()
    return model
  }

  /// The gradient of one parameter tensor.
  package func gradient(_ entry: ParameterLayout.Entry) -> [Float] {
    gradients?.vector(entry).array ?? []
  }
}

extension TokenBatch {
  /// Random tokens; every `ignoredEvery`-th target does not count.
  package static func random(
    _ rows: Int, _ columns: Int, below bound: Int, seed: Int = 1, ignoredEvery: Int? = nil
  ) -> TokenBatch {
    var targets = randomTokens(rows * columns, below: bound, seed: 2 * seed + 1)
    if let ignoredEvery {
      for index in stride(from: ignoredEvery - 1, to: targets.count, by: ignoredEvery) {
        targets[index] = ignoredTarget
      }
    }
    return TokenBatch(
      rows: rows, columns: columns,
      inputs: randomTokens(rows * columns, below: bound, seed: 2 * seed), targets: targets)
  }

  /// Some of the sequences, as a batch of their own.
  package func sequences(_ range: Range<Int>) -> TokenBatch {
    let part = range.lowerBound * columns..<range.upperBound * columns
    return TokenBatch(
      rows: range.count, columns: columns, inputs: Array(inputs[part]),
      targets: Array(targets[part]))
  }
}
