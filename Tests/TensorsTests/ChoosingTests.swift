// What sampling takes from the kernels, against plain loops.
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct ChoosingTests {
  /// Around whole registers and whole blocks of sums.
  static let counts = [1, 15, 16, 17, 127, 128, 129, 300, 1_000]

  @Test(arguments: counts)
  func theMaximumIsTheFirstOfEqualOnes(count: Int) {
    let values = randomValues(count, seed: count).map { ($0 * 4).rounded() }
    let expected = values.firstIndex(of: values.max() ?? 0)
    #expect(VectorMath.indexOfMaximum(Vector(values)) == expected)
  }

  @Test(arguments: counts, [Float(0.5), 1, 3])
  func exponentialsAreRelativeToTheLargest(count: Int, temperature: Float) {
    let values = randomValues(count, seed: count, mean: 50, deviation: 5)
    let x = Vector(values)
    let sum = VectorMath.exponentiate(x, temperature: temperature)
    let largest = Double(values.max() ?? 0)
    let expected = values.map { exp((Double($0) - largest) / Double(temperature)) }
    #expect(x.array.max() == 1)
    for (one, other) in zip(x.array, expected) {
      #expect(abs(Double(one) - other) < 1e-5 * other + 1e-37)
    }
    let total = expected.reduce(0, +)
    #expect(abs(Double(sum) - total) < 1e-5 * total)
  }

  /// Quarters, so that every sum is exact.
  @Test(arguments: counts)
  func thePlaceIsWhereTheSumPassesTheTarget(count: Int) {
    let weights = (0..<count).map { Float($0 % 7) / 4 }
    let vector = Vector(weights)
    var sum = 0.0
    for (place, weight) in weights.enumerated() where weight > 0 {
      #expect(VectorMath.pick(vector, target: sum) == place)
      sum += Double(weight)
      #expect(VectorMath.pick(vector, target: sum - 0.125) == place)
    }
    #expect(VectorMath.pick(vector, target: sum) == nil)
  }

  @Test(arguments: counts)
  func placesOfLargeValuesAreInOrder(count: Int) {
    let values = randomValues(count, seed: count)
    var places = [UInt32](repeating: 0, count: count)
    for least in [-Float.infinity, 0, values[count / 2], 10] {
      let found = VectorMath.select(Vector(values), atLeast: least, into: &places)
      #expect(places[..<found].map(Int.init) == values.indices.filter { values[$0] >= least })
    }
  }
}
