// The exponential that the kernels share, as attention's weights exp(score - log Σ) show it.
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct ExponentialTests {
  private func exponentials(_ x: [Float]) -> [Float] {
    let room = VectorMath.wholeVectors(x.count)
    let scores = Matrix.zeros(1, room).columns(0..<x.count)
    scores.row(0).copy(from: Vector(x))
    let gradient = Matrix.zeros(1, room).columns(0..<x.count)
    VectorMath.attentionSoftmaxBackward(
      scores, gradient: gradient, firstQuery: x.count - 1, scale: 1, logSum: Vector.zeros(1),
      delta: Vector.zeros(1), nil)
    return scores.row(0).array
  }

  @Test func relativeErrorIsSmallOverTheWholeRange() {
    let x = (0...87_000).flatMap { [Float($0) / 1_000 + 3e-4, -Float($0) / 1_000] }
    let found = exponentials(x)
    var worst = (error: 0.0, at: Float(0))
    for (value, result) in zip(x, found) {
      let error = abs(Double(result) / exp(Double(value)) - 1)
      if !(error <= worst.error) { worst = (error, value) }
    }
    #expect(worst.error < 3e-7, "\(worst)")
  }

  @Test func bothEndsSaturateWithoutAStepBack() {
    for (first, last) in [(-90, -86), (86, 90)] as [(Float, Float)] {
      let x = (0...4_000).map { first + (last - first) * Float($0) / 4_000 }
      let found = exponentials(x)
      #expect(zip(found, found.dropFirst()).allSatisfy { $0 <= $1 * (1 + 3e-7) })
      #expect(found.allSatisfy { $0 > 0 && $0.isFinite })
    }
    let far = exponentials([-1e30, -.infinity, -100, 100, .infinity, 1e30])
    #expect(far[0..<3].allSatisfy { $0 == far[0] && $0 > 0 && $0 < 1.3e-38 })
    #expect(far[3...].allSatisfy { $0 == far[5] && $0 > 2e38 && $0.isFinite })
  }

  @Test func notANumberStays() {
    var x = [Float](repeating: 0, count: 35)
    (x[4], x[34]) = (.nan, .nan)
    let found = exponentials(x)
    #expect(found.indices.filter { found[$0].isNaN } == [4, 34])
    #expect(found[0] == 1)
  }
}
