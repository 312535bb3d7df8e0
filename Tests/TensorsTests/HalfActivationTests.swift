// The activations' passes that round their results, against the naive versions; and passes in place.
import Tensors
import TestSupport
import Testing

struct HalfActivationTests {
  static let activations = ActivationTests.all
  private static let rows = 40
  /// One column, no multiple of the vectors' sixteen, and whole ones.
  static let widths = [1, 37, 64]

  /// [-8, 8] in even steps that miss 0.
  private func inputs(_ width: Int) -> Matrix {
    let count = Self.rows * width
    let values = (0..<count).map { 16 * (Float($0) + 0.5) / Float(count) - 8 }
    return Matrix(Vector(values), rows: Self.rows, columns: width)
  }

  @Test(arguments: activations, widths)
  func valuesAreTheFormulaRounded(_ activation: VectorMath.Activation, width: Int) {
    let x = inputs(width)
    let biases = randomValues(width, seed: 21)
    for bias in [nil, biases] {
      let before = BFloat16Matrix.filled(Self.rows, width, 7)
      let after = BFloat16Matrix.filled(Self.rows, width, 7)
      VectorMath.activate(
        x, bias: bias.map { Vector($0) }, keeping: .half(before), into: .half(after), activation)
      let sums = x.array.enumerated().map { Double($1 + (bias?[$0 % width] ?? 0)) }
      #expect(WorstRounding("sum", before.array, sums).error == 0)
      // In single precision values are within 4e-7 of the formula, and far better where they are
      // small but for the error function's.
      let expected = sums.map { Reference.activate($0, activation) }
      let worst = WorstRounding("\(activation)", after.array, expected, offset: 0.2)
      #expect(worst.error < 2e-6, "\(worst)")
      for written in [before, after] {
        let beside = written.wholeRows.columns(width..<written.stride).array
        #expect(beside.allSatisfy { $0 == 7 })
      }
    }
  }

  @Test(arguments: activations, widths)
  func slopesAreTheDerivativeOfWhatWasKept(_ activation: VectorMath.Activation, width: Int) {
    let before = BFloat16Matrix.zeros(Self.rows, width)
    before.round(inputs(width))
    let d = randomMatrix(Self.rows, width, seed: 22)
    let result = BFloat16Matrix.filled(Self.rows, width, 7)
    VectorMath.activateBackward(d, before: .half(before), into: .half(result), activation)
    let expected = zip(d.array, before.array).map {
      Double($0) * Reference.slope(Double($1), activation)
    }
    // Slopes are within 2e-6, and gradients below 5.
    let worst = WorstRounding("\(activation)", result.array, expected, offset: 1)
    #expect(worst.error < 1e-5, "\(worst)")
    #expect(result.wholeRows.columns(width..<result.stride).array.allSatisfy { $0 == 7 })
  }

  /// Memory of half precision is often a window of something wider.
  @Test(arguments: activations)
  func windowsMayHaveDifferentStrides(_ activation: VectorMath.Activation) {
    let x = inputs(37)
    let (before, after) = (
      BFloat16Matrix.zeros(Self.rows, 37), BFloat16Matrix.zeros(Self.rows, 37)
    )
    let wideBefore = BFloat16Matrix.zeros(Self.rows, 100).columns(5..<42)
    let wideAfter = BFloat16Matrix.zeros(Self.rows, 200).columns(64..<101)
    VectorMath.activate(x, bias: nil, keeping: .half(before), into: .half(after), activation)
    VectorMath.activate(
      x, bias: nil, keeping: .half(wideBefore), into: .half(wideAfter), activation)
    #expect(wideBefore.array == before.array)
    #expect(wideAfter.array == after.array)
    let result = BFloat16Matrix.zeros(Self.rows, 37)
    VectorMath.activateBackward(x, before: .half(before), into: .half(result), activation)
    VectorMath.activateBackward(x, before: .half(wideBefore), into: .half(wideAfter), activation)
    #expect(wideAfter.array == result.array)
  }

  @Test(arguments: activations)
  func notANumberStays(_ activation: VectorMath.Activation) {
    let x = inputs(37)
    x[3, 36] = .nan
    let (before, after) = (
      BFloat16Matrix.zeros(Self.rows, 37), BFloat16Matrix.zeros(Self.rows, 37)
    )
    VectorMath.activate(x, bias: nil, keeping: .half(before), into: .half(after), activation)
    for values in [before.array, after.array] {
      #expect(values.indices.filter { values[$0].isNaN } == [3 * 37 + 36])
    }
    VectorMath.activateBackward(x, before: .half(after), into: .half(before), activation)
    #expect(before[3, 36].isNaN)
  }

  @Test(arguments: [1, 15, 16, 17, 1_000])
  func resultsInPlaceAreThoseElsewhere(count: Int) {
    let (x, residual) = (randomValues(count, seed: 23), randomValues(count, seed: 24))
    for activation in Self.activations {
      let (inPlace, elsewhere) = (Vector(x), Vector.zeros(count))
      VectorMath.activate(inPlace, into: inPlace, activation)
      VectorMath.activate(Vector(x), into: elsewhere, activation)
      #expect(inPlace.array == elsewhere.array, "\(activation)")
    }
    let (inPlace, elsewhere) = (Vector(x), Vector.zeros(count))
    VectorMath.add(inPlace, Vector(residual), into: inPlace)
    VectorMath.add(Vector(x), Vector(residual), into: elsewhere)
    #expect(inPlace.array == elsewhere.array)

    let mask = DropoutMask(probability: 0.4, seed: 3, step: 2, site: 1)
    let other = Matrix(Vector(residual), rows: 1, columns: count)
    for addition in [nil, other] {
      let inPlace = Matrix(Vector(x), rows: 1, columns: count)
      let elsewhere = Matrix.zeros(1, count)
      VectorMath.dropout(
        Matrix(Vector(x), rows: 1, columns: count), residual: addition, into: elsewhere, mask)
      VectorMath.dropout(inPlace, residual: addition, into: inPlace, mask)
      #expect(inPlace.array == elsewhere.array)
    }
    let sum = Matrix(Vector(residual), rows: 1, columns: count)
    VectorMath.dropout(
      Matrix(Vector(x), rows: 1, columns: count), residual: sum, into: sum, mask)
    let expected = Matrix.zeros(1, count)
    VectorMath.dropout(
      Matrix(Vector(x), rows: 1, columns: count), residual: other, into: expected, mask)
    #expect(sum.array == expected.array)
  }
}
