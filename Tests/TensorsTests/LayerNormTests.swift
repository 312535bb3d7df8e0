// Layer norm, forward and backward, against the naive version.
import Tensors
import TestSupport
import Testing

struct LayerNormTests {
  static let widths = [1, 2, 7, 15, 16, 17, 33, 100, 384]
  static let rowCount = 5

  private struct Case {
    let x, y: Matrix
    let weight, mean, rstd: Vector
    let bias: Vector?

    init(width: Int, hasBias: Bool) {
      x = randomMatrix(rowCount, width, seed: width)
      // A mean far from zero: the variance must not come from a difference of squares.
      for index in 0..<width { x[1, index] += 100 }
      y = Matrix.zeros(rowCount, width)
      weight = Vector(randomValues(width, seed: 1_000 + width, mean: 1))
      bias = hasBias ? Vector(randomValues(width, seed: 2_000 + width)) : nil
      mean = Vector.zeros(rowCount)
      rstd = Vector.zeros(rowCount)
      VectorMath.layerNorm(
        x, weight: weight, bias: bias, into: y, mean: mean, rstd: rstd, epsilon: 1e-5)
    }

    func row(_ index: Int) -> [Double] { x.row(index).array.map(Double.init) }
    var weights: [Double] { weight.array.map(Double.init) }
  }

  @Test(arguments: widths, [false, true])
  func forwardIsTheFormula(width: Int, hasBias: Bool) {
    let test = Case(width: width, hasBias: hasBias)
    for row in 0..<Self.rowCount {
      let expected = Reference.layerNorm(
        test.row(row), weight: test.weights, bias: test.bias?.array.map(Double.init))
      // Around 100 a float has steps of 8e-6.
      let worst = WorstError("row \(row)", test.y.row(row).array, expected)
      #expect(worst.error < (row == 1 ? 2e-4 : 1e-5), "\(worst)")
      let (mean, rstd) = Reference.statistics(test.row(row))
      #expect(abs(Double(test.mean[row]) - mean) < 2e-5)
      #expect(abs(Double(test.rstd[row]) / rstd - 1) < 1e-5)
    }
  }

  @Test(arguments: widths)
  func inputGradientIsTheJacobianAndIsAdded(width: Int) {
    let test = Case(width: width, hasBias: true)
    let dy = randomMatrix(Self.rowCount, width, seed: 3_000 + width)
    let dx = randomMatrix(Self.rowCount, width, seed: 4_000 + width)
    let before = dx.array
    VectorMath.layerNormBackward(
      dy, x: test.x, weight: test.weight, mean: test.mean, rstd: test.rstd, addingTo: dx,
      weightGradient: Vector.zeros(width), biasGradient: nil)
    for row in 0..<Self.rowCount {
      let gradient = Reference.layerNormInputGradient(
        dy.row(row).array.map(Double.init), x: test.row(row), weight: test.weights)
      let expected = gradient.enumerated().map { Double(before[row * width + $0]) + $1 }
      // A row of width 1 or 2 has a variance near 0: rstd reaches 300.
      let scale = 1 + norm(gradient) + Reference.statistics(test.row(row)).rstd
      let worst = WorstError("row \(row)", dx.row(row).array, expected, relativeTo: scale)
      #expect(worst.error < (row == 1 ? 2e-4 : 2e-5), "\(worst)")
    }
  }

  @Test(arguments: widths, [false, true])
  func parameterGradientsAreAdded(width: Int, hasBias: Bool) {
    let test = Case(width: width, hasBias: hasBias)
    let dy = randomMatrix(Self.rowCount, width, seed: 5_000 + width)
    let weightGradient = Vector(randomValues(width, seed: 6_000 + width))
    let biasGradient = Vector(randomValues(width, seed: 7_000 + width))
    var expectedWeight = weightGradient.array.map(Double.init)
    var expectedBias = biasGradient.array.map(Double.init)
    for row in 0..<Self.rowCount {
      let (mean, rstd) = Reference.statistics(test.row(row))
      for column in 0..<width {
        let gradient = Double(dy[row, column])
        expectedWeight[column] += gradient * (Double(test.x[row, column]) - mean) * rstd
        if hasBias { expectedBias[column] += gradient }
      }
    }
    VectorMath.layerNormBackward(
      dy, x: test.x, weight: test.weight, mean: test.mean, rstd: test.rstd,
      addingTo: Matrix.zeros(Self.rowCount, width), weightGradient: weightGradient,
      biasGradient: hasBias ? biasGradient : nil)
    let worst = WorstError("weight", weightGradient.array, expectedWeight)
    #expect(worst.error < 3e-4, "\(worst)")
    let worstBias = WorstError("bias", biasGradient.array, expectedBias)
    #expect(worstBias.error < 1e-5, "\(worstBias)")
  }
}
