// Stored weights against ggml's own blocks, and against what halves and rounding should be.
import FoundationEssentials
import Tensors
import TestSupport
import Testing

struct TensorFormatTests {
  /// What Tests/Fixtures/make_gguf.py writes: floats, blocks, and what the blocks stand for.
  private struct Fixture {
    static let count = 512
    let values: [Float]
    let blocks: [UInt8]
    let decoded: [Float]

    init(_ format: TensorFormat) throws {
      let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/gguf/\(format.rawValue).bin")
      let bytes = [UInt8](try Data(contentsOf: path))
      let floats = 4 * Self.count
      values = Self.floats(bytes[..<floats])
      blocks = Array(bytes[floats..<bytes.count - floats])
      decoded = Self.floats(bytes[(bytes.count - floats)...])
    }

    private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
      stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        return Float(bitPattern: bits)
      }
    }
  }

  private let team = ThreadTeam(threadCount: 1)

  private func encode(_ format: TensorFormat, _ values: [Float]) -> [UInt8] {
    format.encode(Matrix(Vector(values), rows: 1, columns: values.count), team: team)
  }

  private func decode(_ format: TensorFormat, _ bytes: [UInt8], count: Int) -> [Float] {
    let values = Vector.zeros(count)
    format.decode(unsafe bytes.span.bytes, into: values)
    return values.array
  }

  private func error(_ format: TensorFormat, _ values: [Float]) -> Double {
    let copy = decode(format, encode(format, values), count: values.count)
    return root(zip(values, copy).map { Double($0 - $1) })
  }

  /// Of the mean square.
  private func root(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  @Test(arguments: TensorFormat.allCases.filter { $0 != .f32 })
  func blocksStandForTheNumbersOfGGML(format: TensorFormat) throws {
    let fixture = try Fixture(format)
    #expect(fixture.blocks.count == format.byteCount(values: Fixture.count))
    let decoded = decode(format, fixture.blocks, count: Fixture.count)
    #expect(decoded.map(\.bitPattern) == fixture.decoded.map(\.bitPattern))
  }

  @Test(arguments: [TensorFormat.f16, .bf16, .q8, .q4, .q5])
  func numbersBecomeTheBlocksOfGGML(format: TensorFormat) throws {
    let fixture = try Fixture(format)
    #expect(encode(format, fixture.values) == fixture.blocks)
  }

  /// Relative to the values' deviation; what ggml's own searches reach on normal numbers.
  @Test(arguments: [(TensorFormat.q4K, 0.073), (.q5K, 0.0365), (.q6K, 0.018)])
  func longBlocksHaveSmallErrors(format: TensorFormat, limit: Double) {
    #expect(error(format, randomValues(64 * 256, seed: 3, deviation: 0.05)) < limit * 0.05)
  }

  /// The search must beat taking the ends of each group as they are.
  @Test func longBlocksAreBetterThanTheRange() {
    let values = randomValues(64 * 256, seed: 4)
    var errors: [Double] = []
    for start in stride(from: 0, to: values.count, by: 32) {
      let group = values[start..<start + 32].map { Double($0) }
      let low = min(0, group.min() ?? 0)
      let step = ((group.max() ?? 0) - low) / 15
      for value in group {
        errors.append(low + step * ((value - low) / step).rounded() - value)
      }
    }
    #expect(error(.q4K, values) < 0.95 * root(errors))
  }

  /// Not by the CPU's own conversion, as where a whole row is halves.
  @Test func scalesAreHalvesOfIEEE() {
    let halves = (0...UInt16.max).map { $0 }
    let bytes = halves.flatMap {
      [UInt8($0 & 0xff), UInt8($0 >> 8)] + [UInt8](repeating: 1, count: 32)
    }
    let values = decode(.q8, bytes, count: 32 * halves.count)
    for half in halves {
      let (value, expected) = (values[32 * Int(half)], Float(Float16(bitPattern: half)))
      #expect(value.isNaN ? expected.isNaN : value == expected, "\(half)")
    }
  }

  @Test func halvesAreThoseOfIEEE() {
    let halves = (0...UInt16.max).map { $0 }
    let bytes = halves.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let floats = decode(.f16, bytes, count: halves.count)
    for (half, float) in zip(halves, floats) {
      let expected = Float(Float16(bitPattern: half))
      #expect(float.isNaN ? expected.isNaN : float.bitPattern == expected.bitPattern)
    }
    // Each half, its neighbours among the floats, and what lies between two halves.
    let finite = floats.filter { !$0.isNaN }
    let values =
      finite + finite.map(\.nextUp) + finite.map(\.nextDown)
      + zip(finite, finite.dropFirst()).map { ($0 + $1) / 2 }.filter { !$0.isNaN }
    let encoded = encode(.f16, values)
    for (index, value) in values.enumerated() where !value.isNaN {
      let half = UInt16(encoded[2 * index]) | UInt16(encoded[2 * index + 1]) << 8
      #expect(half == Float16(value).bitPattern, "\(value)")
    }
  }

  @Test(arguments: TensorFormat.encodable, [1, 3])
  func rowsAreEncodedOnTheirOwn(format: TensorFormat, threadCount: Int) {
    let matrix = randomMatrix(150, 512, seed: 6, padding: 5)
    let whole = format.encode(matrix, team: ThreadTeam(threadCount: threadCount))
    let rows = (0..<matrix.rows).flatMap { encode(format, matrix.row($0).array) }
    #expect(whole == rows)
  }

  /// Nothing to divide by, sums that overflow, and what is no number: some blocks, and no trap.
  @Test(arguments: TensorFormat.encodable)
  func awkwardNumbersAreTaken(format: TensorFormat) {
    #expect(
      decode(format, encode(format, [Float](repeating: 0, count: 256)), count: 256)
        .allSatisfy { $0 == 0 })
    for value in [
      Float.leastNonzeroMagnitude, 1e-20, -1e30, .infinity, .nan, .greatestFiniteMagnitude,
    ] {
      var values = [Float](repeating: 0.5, count: 256)
      values[7] = value
      #expect(encode(format, values).count == format.byteCount(values: 256))
    }
    let equal = decode(format, encode(format, [Float](repeating: -0.75, count: 256)), count: 256)
    #expect(equal.allSatisfy { abs($0 + 0.75) < 0.01 })
  }

  @Test func bitsCountScalesToo() {
    #expect(TensorFormat.q4.bitsPerValue == 4.5 && TensorFormat.q6K.bitsPerValue == 6.5625)
    #expect(TensorFormat.q8.fits(columns: 192) && !TensorFormat.q4K.fits(columns: 192))
  }
}
