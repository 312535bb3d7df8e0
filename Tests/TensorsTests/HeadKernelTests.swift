// The passes of the head in half precision over rows, against the naive versions.
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct HeadKernelTests {
  /// Around whole vectors of sixteen.
  static let widths = [1, 15, 16, 17, 100]

  @Test(arguments: widths)
  func theLargestOfARowIsFoundInEveryPlace(width: Int) {
    // All below 0, larger values beside the rows; the largest of row r is in column r.
    let whole = Matrix.zeros(width, width + 3)
    whole.vector.fill(1e9)
    let x = whole.columns(0..<width)
    for (index, value) in randomValues(width * width, seed: width).enumerated() {
      x[index / width, index % width] = -5 - abs(value)
    }
    for row in 0..<width { x[row, row] = -3 - Float(row) / 128 }
    let expected = (0..<width).map { -3 - Float($0) / 128 }
    let maxima = Vector([Float](repeating: 7, count: width))
    VectorMath.rowMaxima(of: x, into: maxima, keepLarger: false)
    #expect(maxima.array == expected)

    let earlier = (0..<width).map { Float($0 % 2 == 0 ? -1 : -1_000) }
    let kept = Vector(earlier)
    VectorMath.rowMaxima(of: x, into: kept, keepLarger: true)
    #expect(kept.array == zip(earlier, expected).map { max($0, $1) })
  }

  /// Exponentials of rows far apart, values up to 80 on both sides of their reference.
  private func exponentials(
    width: Int
  ) -> (x: Matrix, references: [Float], expected: [[Double]], bounds: [Double]) {
    let references: [Float] = [0, 31.7, -18.3, 250]
    let x = randomMatrix(references.count, width, seed: width, padding: 5)
    var expected: [[Double]] = []
    for (row, reference) in references.enumerated() {
      for column in 0..<width {
        x[row, column] = reference + max(-80, min(80, 30 * x[row, column]))
      }
      expected.append(x.row(row).array.map { exp(Double($0) - Double(reference)) })
    }
    // An exponent is a difference of two rounded products: half a unit of each and of itself. The
    // polynomial's own error and that of its arithmetic is 3e-7.
    let bounds = references.map { (2 * Double(abs($0)) + 3 * 80) * 0x1p-24 + 3e-7 }
    return (x, references, expected, bounds)
  }

  @Test(arguments: widths)
  func exponentialsAreRoundedOnceAndSummedUpBefore(width: Int) {
    let (x, references, expected, bounds) = exponentials(width: width)
    let rows = references.count
    let kept = BFloat16Matrix.filled(rows, width, 7)
    let sums = Matrix.zeros(rows, 3)
    sums.vector.fill(7)
    VectorMath.exponentials(
      x, references: Vector(references), into: kept, sums: sums.columns(1..<2))
    for row in 0..<rows {
      let worst = WorstRounding("row \(row)", kept.rows(row..<row + 1).array, expected[row])
      #expect(worst.error < bounds[row], "\(worst)")
      let sum = expected[row].reduce(0, +)
      #expect(abs(Double(sums[row, 1]) / sum - 1) < bounds[row] + 1e-6)
    }
    // Beside both nothing is written.
    #expect(kept.wholeRows.columns(width..<kept.stride).array.allSatisfy { $0 == 7 })
    #expect((0..<rows).allSatisfy { sums[$0, 0] == 7 && sums[$0, 2] == 7 })

    let alone = Matrix.zeros(rows, 1)
    VectorMath.exponentials(x, references: Vector(references), into: nil, sums: alone)
    #expect(alone.array == (0..<rows).map { sums[$0, 1] })
  }

  /// Every value is rounded up by nearly half a unit, or down.
  @Test(arguments: [1.0117, 1.0039] as [Double])
  func sumsAreNotThoseOfRoundedValues(value: Double) {
    let logit = Float(log(value))
    let x = Matrix(Vector([Float](repeating: logit, count: 100)), rows: 1, columns: 100)
    let sums = Matrix.zeros(1, 1)
    VectorMath.exponentials(
      x, references: Vector.zeros(1), into: BFloat16Matrix.zeros(1, 100), sums: sums)
    #expect(abs(Double(sums[0, 0]) / (100 * exp(Double(logit))) - 1) < 1e-6)
  }

  /// So that the sum tells that a reference is far too low, and no zero becomes not-a-number.
  @Test func exponentialsFarFromTheReferenceStayFinite() {
    let logits: [Float] = [1_000, .infinity, -1_000, -.infinity]
    let x = Matrix(Vector(logits), rows: 4, columns: 1)
    let (kept, sums) = (BFloat16Matrix.zeros(4, 1), Matrix.zeros(4, 1))
    VectorMath.exponentials(x, references: Vector.zeros(4), into: kept, sums: sums)
    for values in [kept.array, sums.array] {
      #expect(values[0...1].allSatisfy { $0 > 1e38 && $0.isFinite })
      #expect(values[2...3].allSatisfy { $0 > 0 && $0 < 1.3e-38 })
    }
  }

  @Test(arguments: [0, 5, 16, 18])
  func notANumberReachesTheSumOfItsRowOnly(place: Int) {
    let x = randomMatrix(3, 19, seed: 3)
    x[1, place] = .nan
    let (kept, sums) = (BFloat16Matrix.zeros(3, 19), Matrix.zeros(3, 1))
    VectorMath.exponentials(x, references: Vector.zeros(3), into: kept, sums: sums)
    #expect(sums.array.map(\.isNaN) == [false, true, false])
    #expect(kept.array.indices.filter { kept.array[$0].isNaN } == [19 + place])
  }

  @Test(arguments: widths)
  func aScaledRowIsAdded(count: Int) {
    let (half, single) = randomHalves(3, count, seed: 8)
    let start = randomValues(count, seed: 9)
    let target = Vector(start)
    VectorMath.addScaled(half.rows(1..<2), factor: -0.37, to: target)
    let expected = (0..<count).map {
      Double(start[$0]) + Double(Float(-0.37)) * Double(single[1, $0])
    }
    // Two roundings of values below 8.
    #expect(WorstError("sum", target.array, expected).error < 8 * 0x1p-23)
  }

  @Test(arguments: widths)
  func rowsAreScaledEachByItsOwnFactor(width: Int) {
    let factors: [Float] = [3e-7, -1, 0, 1_234.5]
    let floats = randomMatrix(4, width, seed: 10, padding: 3)
    let (halves, exact) = randomHalves(4, width, seed: 11)
    let (rounded, scaled) = (
      BFloat16Matrix.filled(4, width, 7), BFloat16Matrix.filled(4, width, 7)
    )
    VectorMath.scaleRows(of: floats, by: Vector(factors), into: rounded)
    VectorMath.scaleRows(of: halves, by: Vector(factors), into: scaled)
    for (name, found, source) in [("floats", rounded, floats), ("halves", scaled, exact)] {
      let expected = source.array.enumerated().map {
        Double(factors[$0 / width]) * Double($1)
      }
      // The product is rounded to a float first.
      let worst = WorstRounding(name, found.array, expected)
      #expect(worst.error < 0x1p-23, "\(worst)")
      #expect(found.wholeRows.columns(width..<found.stride).array.allSatisfy { $0 == 7 })
    }
  }

  @Test(arguments: widths)
  func weightedSumsAreAdded(width: Int) {
    let (half, single) = randomHalves(5, width, seed: 12)
    let weights = randomValues(width, seed: 13)
    let start: [Float] = [1, -2, 3, -4, 5]
    let sums = Vector(start)
    VectorMath.addWeightedSums(of: half, weights: Vector(weights), to: sums)
    for row in 0..<5 {
      let terms = (0..<width).map { Double(weights[$0]) * Double(single[row, $0]) }
      let size = terms.reduce(5) { $0 + abs($1) }
      let error = abs(Double(sums[row]) - Double(start[row]) - terms.reduce(0, +))
      // One rounding for each of a lane's products, the sum of sixteen lanes and the start.
      #expect(error < size * Double(width / 16 + 22) * 0x1p-24)
    }
  }

  @Test(arguments: [1, 3], widths)
  func partsAreCombinedWithChosenRows(partCount: Int, width: Int) {
    let height = 6
    let parts = randomMatrix(partCount * height, width, seed: 14)
    let other = randomMatrix(4, width, seed: 15)
    let (factors, otherFactors) = (randomValues(height, seed: 16), randomValues(height, seed: 17))
    // A slice whose first index is not 0.
    let choices: ArraySlice<Int32> = [9, 9, 2, -1, 3, 0, -1, 1][2...]
    let y = Matrix.zeros(height, width)
    y.vector.fill(7)
    VectorMath.combineRows(
      1..<5, of: parts, partCount: partCount, factors: Vector(factors), other: other,
      otherFactors: Vector(otherFactors), choices: choices, into: y)
    for row in 0..<height {
      let expected = (0..<width).map { column in
        let sum = (0..<partCount).reduce(0.0) { $0 + Double(parts[$1 * height + row, column]) }
        let choice = Int(choices[2 + row])
        let chosen =
          choice < 0 ? 0 : Double(otherFactors[row]) * Double(other[choice, column])
        return (1..<5).contains(row) ? Double(factors[row]) * sum + chosen : 7
      }
      // A handful of roundings of values below 16.
      let worst = WorstError("row \(row)", y.row(row).array, expected)
      #expect(worst.error < 16 * 4 * 0x1p-24, "\(worst)")
    }
  }
}
