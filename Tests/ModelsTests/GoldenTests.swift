// The GPT against PyTorch: Tests/Fixtures/make_golden.py made the files.
import Models
import Tensors
import TestSupport
import Testing

struct GoldenTests {
  private func model(_ golden: GoldenFile) throws -> GPT {
    let model = GPT(
      try golden.configuration(), trainable: true, team: ThreadTeam(threadCount: 2))
    for entry in model.layout.entries {
      let values = golden.array("parameters/\(entry.name)")
      try #require(values.count == entry.count, "\(entry.name)")
      model.parameters.vector(entry).copy(from: Vector(values))
    }
    return model
  }

  @Test(arguments: GoldenFile.names)
  func parametersHaveGPT2sNames(_ name: String) throws {
    let golden = try GoldenFile(name)
    #expect(try model(golden).layout.entries.count == golden.parameterTensorCount)
  }

  @Test(arguments: GoldenFile.names)
  func logits(_ name: String) throws {
    let golden = try GoldenFile(name)
    let logits = try model(golden).logits(golden.batch).array
    let worst = WorstError("logits", logits, golden.array("logits").map(Double.init))
    #expect(worst.error < 1e-5, "\(worst)")
  }

  @Test(arguments: GoldenFile.names)
  func lossAndGradients(_ name: String) throws {
    let golden = try GoldenFile(name)
    let model = try model(golden)
    let loss = model.accumulateGradients(golden.batch, dropout: nil)
    let count = Double(loss.tokenCount)
    #expect(abs(loss.total / count - golden.loss) < 1e-6 * golden.loss)
    for entry in model.layout.entries {
      // Relative to the tensor's largest gradient.
      let expected = golden.array("gradients/\(entry.name)").map(Double.init)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      let actual = model.gradient(entry).map { Double($0) / count }
      let worst = WorstError(entry.name, actual, expected, relativeTo: largest)
      #expect(worst.error < 1e-5, "\(worst)")
    }
  }

  /// AdamW 0.9/0.95, learning rate 1e-3, weight decay 0.1 on weights, clipped to a norm of 1.
  @Test(arguments: GoldenFile.names)
  func tenLosses(_ name: String) throws {
    let golden = try GoldenFile(name)
    let model = try model(golden)
    let team = ThreadTeam(threadCount: 2)
    let gradients = try #require(model.gradients)
    let firstMoments = FloatBuffer(count: model.layout.bufferCount)
    let secondMoments = FloatBuffer(count: model.layout.bufferCount)
    var losses: [Double] = []
    for step in 1...golden.losses.count {
      gradients.vector.fill(0)
      let loss = model.accumulateGradients(golden.batch, dropout: nil)
      let count = Double(loss.tokenCount)
      losses.append(loss.total / count)
      let norm = VectorMath.sumOfSquares(gradients.vector, team: team).squareRoot() / count
      let scale = Float(min(1, 1 / (norm + 1e-6)) / count)
      for entry in model.layout.entries {
        VectorMath.adamW(
          parameters: model.parameters.vector(entry), gradients: gradients.vector(entry),
          firstMoments: firstMoments.vector(entry), secondMoments: secondMoments.vector(entry),
          learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
          weightDecay: entry.decays ? 0.1 : 0, gradientScale: scale, step: step, team: team)
      }
    }
    let worst = WorstError("losses", losses, golden.losses)
    #expect(worst.error < 2e-5, "\(worst)")
  }
}
