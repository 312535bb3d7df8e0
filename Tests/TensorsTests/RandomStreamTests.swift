// Random numbers: the published test vectors of Philox, and the shape of the distributions.
import Tensors
import Testing

struct RandomStreamTests {
  struct KnownAnswer: Sendable {
    let counter: [UInt64]
    let key: UInt64
    let words: SIMD4<UInt32>
  }

  /// Random123's kat_vectors, philox4x32 with 10 rounds; counters and keys are little-endian pairs.
  static let knownAnswers = [
    KnownAnswer(
      counter: [0, 0], key: 0, words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [.max, .max], key: .max,
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e], key: 0x299f_31d0_a409_3822,
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test(arguments: knownAnswers)
  func blockIsPhilox(_ known: KnownAnswer) {
    let stream = RandomStream(seed: known.key, stream: known.counter[1])
    #expect(stream.block(known.counter[0]) == known.words)
  }

  @Test func normalHasTheMomentsOfTheNormalDistribution() {
    let count = 400_000
    let stream = RandomStream(seed: 11, stream: 4)
    let values = (0..<count).map { Double(stream.normal(UInt64($0))) }
    func moment(_ power: Int) -> Double {
      values.reduce(0) { sum, value in
        sum + (0..<power).reduce(1.0) { product, _ in product * value }
      } / Double(count)
    }
    // Four standard errors: variances of x, x², x³, x⁴ are 1, 2, 15, 96.
    let error = 4 / Double(count).squareRoot()
    #expect(abs(moment(1)) < error)
    #expect(abs(moment(2) - 1) < error * 2.0.squareRoot())
    #expect(abs(moment(3)) < error * 15.0.squareRoot())
    #expect(abs(moment(4) - 3) < error * 96.0.squareRoot())
    #expect(values.allSatisfy { $0.isFinite })
    // Box and Muller make pairs: the two of a pair must not be tied to each other.
    for lag in 1...4 {
      let product = zip(values, values.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(product / Double(count)) < error, "lag \(lag)")
    }
    let within = Double(values.count { abs($0) < 1 }) / Double(count)
    #expect(abs(within - 0.682_689) < 0.003)
  }

  @Test func fourNormalsAreThoseOfTheirIndices() {
    let stream = RandomStream(seed: 11, stream: 4)
    let one = (0..<400).map { stream.normal($0) }
    #expect(
      one
        == (0..<100).flatMap { counter in
          (0..<4).map { stream.normals(counter)[$0] }
        })
  }

  @Test func uniformFillsTheUnitInterval() {
    let stream = RandomStream(seed: 12, stream: 0)
    var counts = [Double](repeating: 0, count: 100)
    for index in 0..<100_000 { counts[Int(stream.uniform(UInt64(index)) * 100)] += 1 }
    let chiSquare = counts.reduce(0) { $0 + ($1 - 1_000) * ($1 - 1_000) / 1_000 }
    #expect(abs(chiSquare - 99) < 4.5 * 198.0.squareRoot())
  }

  @Test func integersReachEveryValueBelowTheBoundOnly() {
    let stream = RandomStream(seed: 13, stream: 0)
    var counts = [Int](repeating: 0, count: 7)
    for index in 0..<7_000 { counts[stream.integer(UInt64(index), below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1_000) < 140 })
    #expect(stream.integer(0, below: 1) == 0)
  }

  @Test func seedStreamNameAndIndexAllMatter() {
    let base = RandomStream(seed: 1, stream: 2)
    #expect(base.bits(3) == RandomStream(seed: 1, stream: 2).bits(3))
    #expect(base.bits(3) != base.bits(4))
    #expect(base.bits(3) != RandomStream(seed: 1 << 32 | 1, stream: 2).bits(3))
    #expect(base.bits(3) != RandomStream(seed: 1, stream: 1 << 32 | 2).bits(3))
    #expect(
      RandomStream(seed: 1, name: "h.0.ln_1.weight").bits(0)
        != RandomStream(seed: 1, name: "h.0.ln_2.weight").bits(0))
  }
}
