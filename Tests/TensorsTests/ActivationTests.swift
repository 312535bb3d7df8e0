// The feed-forward layer's activations and their slopes against the naive versions.
import Tensors
import TestSupport
import Testing

struct ActivationTests {
  static let all: [VectorMath.Activation] = [.geluTanh, .geluErf, .relu]

  /// [-30, 30] in small steps that miss 0, where ReLU has no slope.
  static let inputs: [Float] = (-30_000..<30_000).map { (Float($0) + 0.5) / 1_000 }

  private func values(_ inputs: [Float], _ activation: VectorMath.Activation) -> [Float] {
    let y = Vector.zeros(inputs.count)
    VectorMath.activate(Vector(inputs), into: y, activation)
    return y.array
  }

  private func slopes(_ inputs: [Float], _ activation: VectorMath.Activation) -> [Float] {
    let d = Vector([Float](repeating: 1, count: inputs.count))
    VectorMath.activateBackward(d, x: Vector(inputs), activation)
    return d.array
  }

  @Test(arguments: all)
  func valuesAreTheFormula(_ activation: VectorMath.Activation) {
    let expected = Self.inputs.map { Reference.activate(Double($0), activation) }
    let actual = values(Self.inputs, activation)
    for (index, value) in actual.enumerated() {
      let error = abs(Double(value) - expected[index])
      #expect(
        error <= 4e-7 * max(1, abs(expected[index])), "at \(Self.inputs[index]): \(value)")
    }
  }

  @Test(arguments: all)
  func slopesAreTheDerivative(_ activation: VectorMath.Activation) {
    let expected = Self.inputs.map { Reference.slope(Double($0), activation) }
    let worst = WorstError("\(activation)", slopes(Self.inputs, activation), expected)
    #expect(worst.error < 2e-6, "\(worst)")
  }

  @Test(arguments: all)
  func slopeMultipliesTheGradient(_ activation: VectorMath.Activation) {
    let d = Vector([-3, 0.5, 2])
    let x: [Float] = [0.7, -0.2, 1.5]
    VectorMath.activateBackward(d, x: Vector(x), activation)
    let expected = zip([-3.0, 0.5, 2], x).map { $0 * Reference.slope(Double($1), activation) }
    #expect(WorstError("gradient", d.array, expected).error < 1e-5)
  }

  @Test(arguments: all)
  func farFromZeroNothingOverflows(_ activation: VectorMath.Activation) {
    let far: [Float] = [100, 1e4, 1e9, 1e18]
    #expect(values(far, activation) == far)
    #expect(slopes(far, activation) == [1, 1, 1, 1])
    for value in values(far.map { -$0 }, activation) { #expect(abs(value) < 1e-6) }
    for slope in slopes(far.map { -$0 }, activation) { #expect(abs(slope) < 1e-6) }
  }

  @Test(arguments: all)
  func notANumberStays(_ activation: VectorMath.Activation) {
    // Seventeen: one vector register and a remainder.
    var x = [Float](repeating: 1, count: 17)
    (x[3], x[16]) = (.nan, .nan)
    let y = values(x, activation)
    #expect(y.indices.filter { y[$0].isNaN } == [3, 16])
  }

  @Test(arguments: all)
  func notANumberInTheGradientStays(_ activation: VectorMath.Activation) {
    let d = Vector([.nan, 1])
    VectorMath.activateBackward(d, x: Vector([0.5, 0.5]), activation)
    #expect(d[0].isNaN && !d[1].isNaN)
  }

  @Test func reluHasNoSlopeAtAndBelowZero() {
    #expect(slopes([-1, -0.0, 0, 1e-30, 1], .relu) == [0, 0, 0, 1, 1])
  }
}
