// Softmax and cross-entropy over one row of logits, and its gradient.
import Tensors
import TestSupport
import Testing

struct CrossEntropyTests {
  static let widths = [1, 2, 15, 16, 17, 50, 1_000, 50_257]

  @Test(arguments: widths, [0.1, 1, 10, 300] as [Float])
  func lossAndGradientAreTheFormula(width: Int, spread: Float) {
    let values = randomValues(width, seed: width, mean: 3, deviation: spread)
    let target = width * 2 / 3
    let doubles = values.map(Double.init)
    let expected = Reference.crossEntropy(doubles, target: target)

    let logits = Vector(values)
    let loss = Double(VectorMath.crossEntropy(logits, target: target))
    #expect(logits.array == values, "the loss alone must leave the logits as they are")
    let bound = 1e-6 * Double(4 * spread + 10)
    #expect(abs(loss - expected) < bound, "\(loss) instead of \(expected)")

    let again = Double(VectorMath.crossEntropyBackward(logits, target: target))
    #expect(again == loss)
    var gradient = Reference.softmax(doubles)
    gradient[target] -= 1
    // exp(x) doubles the relative error of x, and x reaches 4 × spread.
    let worst = WorstError("gradient", logits.array, gradient)
    #expect(worst.error < 2e-6, "\(worst)")
    let sum = logits.array.reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum) < 2e-6)
  }

  @Test(arguments: [1e4, -1e4, 1e30, -1e30] as [Float])
  func hugeLogitsCancel(offset: Float) {
    let logits = Vector([Float](repeating: offset, count: 40))
    let loss = VectorMath.crossEntropy(logits, target: 39)
    // Relative to the offset's own steps.
    #expect(abs(loss - 3.688_879) <= max(2e-6, abs(offset) * 2e-7))
    _ = VectorMath.crossEntropyBackward(logits, target: 39)
    #expect(
      WorstError("others", logits[0..<39].array, [Double](repeating: 0.025, count: 39)).error < 1e-7
    )
    #expect(abs(logits[39] + 0.975) < 1e-6)
  }

  @Test func impossibleTargetCostsInfinitelyMuch() {
    var values = [Float](repeating: 0, count: 20)
    values[4] = -.infinity
    #expect(VectorMath.crossEntropy(Vector(values), target: 4) == .infinity)
    #expect(abs(VectorMath.crossEntropy(Vector(values), target: 5) - 2.944_439) < 1e-6)
  }

  @Test(arguments: [0, 5, 16, 18], [Float.nan, .infinity])
  func nonFiniteLogitsReachTheLoss(place: Int, value: Float) {
    var values = [Float](repeating: 0.5, count: 19)
    values[place] = value
    #expect(!VectorMath.crossEntropy(Vector(values), target: 1).isFinite)
    #expect(!VectorMath.crossEntropyBackward(Vector(values), target: 1).isFinite)
  }

  @Test func onlyImpossibleLogitsAreNoDistribution() {
    let values = [Float](repeating: -.infinity, count: 19)
    #expect(VectorMath.crossEntropy(Vector(values), target: 1).isNaN)
  }
}
