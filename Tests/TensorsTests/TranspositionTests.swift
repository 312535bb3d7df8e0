// bfloat16 matrices transposed and packed: what is stored, also where products read beyond an edge.
import Tensors
import TestSupport
import Testing

struct TranspositionTests {
  /// At and around blocks of 32×32.
  static let shapes = [(1, 1), (5, 40), (32, 32), (33, 64), (64, 31), (100, 70)]

  /// A transpose into memory that held 7 everywhere, with everything that is stored.
  private func transposed(
    _ half: BFloat16Matrix, rows: Range<Int>, pastCaches: Bool, sums: Vector? = nil
  ) -> BFloat16Matrix {
    let target = BFloat16Matrix.filled(half.columns, half.rows + 40, 7)
    half.transpose(
      into: target.columns(0..<half.rows), rows: rows, addingSumsTo: sums, pastCaches: pastCaches)
    return target.wholeRows
  }

  @Test(arguments: shapes)
  func anyRangeOfRowsIsWrittenWithPaddingOnly(_ rows: Int, _ columns: Int) {
    let (half, single) = randomHalves(rows, columns, seed: 31)
    let padded = BFloat16Matrix.paddedCount(rows)
    for first in stride(from: 0, to: columns, by: 32) {
      for end in [columns, min(columns, first + 32), min(columns, first + 3)] {
        let found = transposed(half, rows: first..<end, pastCaches: false)
        for row in 0..<columns {
          let isWritten = (first..<end).contains(row)
          let expected = (0..<found.columns).map { column in
            !isWritten || column >= padded ? 7 : column < rows ? single[column, row] : 0
          }
          #expect(found.rows(row..<row + 1).array == expected, "row \(row) of \(first)..<\(end)")
        }
        #expect(transposed(half, rows: first..<end, pastCaches: true).array == found.array)
      }
    }
  }

  /// Only whole lines of a cache can go past it.
  @Test func pastTheCachesRowsMayStartAnywhere() {
    let (half, single) = randomHalves(40, 35, seed: 32)
    for offset in [1, 8, 32] {
      let target = BFloat16Matrix.zeros(35, 140).columns(offset..<offset + 40)
      half.transpose(into: target, rows: 0..<35, pastCaches: true)
      let expected = Reference.transpose(single.array.map(Double.init), rows: 40, columns: 35)
      #expect(target.array.map(Double.init) == expected)
    }
  }

  @Test(arguments: shapes, [false, true])
  func sumsOfTheRowsInRangeAreAdded(_ shape: (Int, Int), pastCaches: Bool) {
    let (rows, columns) = shape
    let (half, single) = randomHalves(rows, columns, seed: 33)
    let start = randomValues(columns, seed: 34)
    for first in stride(from: 0, to: columns, by: 32) {
      let range = first..<min(columns, first + 40)
      let sums = Vector(start)
      let found = transposed(half, rows: range, pastCaches: pastCaches, sums: sums)
      #expect(
        found.array == transposed(half, rows: range, pastCaches: pastCaches).array)
      for row in 0..<columns {
        let terms = range.contains(row) ? (0..<rows).map { Double(single[$0, row]) } : []
        let size = terms.reduce(abs(Double(start[row]))) { $0 + abs($1) }
        let error = abs(Double(sums[row]) - terms.reduce(Double(start[row]), +))
        #expect(error <= size * Double(terms.count) * 0x1p-24, "row \(row) of \(range)")
      }
    }
  }

  /// Rows that lie whole KiB apart compete for a few places of a cache.
  @Test(arguments: [1, 480, 500, 512, 1_024, 1_500, 1_536])
  func rowsDoNotLieWholeKibibytesApart(columns: Int) {
    for matrix in [
      BFloat16Matrix.zeros(3, columns),
      BFloat16Matrix.zeros(6, columns).reused(rows: 3, columns: columns),
    ] {
      #expect(matrix.stride * 2 % 1_024 != 0)
      #expect(matrix.stride % 32 == 0 && matrix.stride >= columns)
    }
  }

  /// The factor that a packed matrix stands for, with what lies below its last row: the product with
  /// ones on the diagonal, and beyond it.
  private func unpacked(_ packed: PackedMatrix) -> [Float] {
    let depth = packed.depth
    let padded = BFloat16Matrix.paddedCount(depth)
    let identity = BFloat16Matrix.zeros(depth + 1, padded)
    for row in 0..<depth { identity[row, row] = 1 }
    for column in 0..<padded { identity[depth, column] = column < depth ? 0 : 1 }
    let product = Matrix.zeros(depth + 1, packed.columns)
    HalfMultiply.multiply(identity.columns(0..<depth), packed, into: product)
    return product.array
  }

  @Test(arguments: shapes + [(600, 70), (300, 600)], [HalfMultiply.Path.portable, .fixedInC])
  func bothOrdersAreThoseThatArePackedOneByOne(_ shape: (Int, Int), _ path: HalfMultiply.Path) {
    let (rows, columns) = shape
    let values = randomMatrix(rows, columns, seed: 35, padding: 3)
    let rounded = BFloat16Matrix.zeros(rows, columns)
    rounded.round(values)
    let (ownPlain, ownTransposed) = (
      packedZeros(rows, columns, path: path), packedZeros(columns, rows, path: path)
    )
    ownPlain.pack(.single(values), transposed: false)
    ownTransposed.pack(.single(values), transposed: true)
    let expected = rounded.array.map(Double.init)
    let turned = Reference.transpose(expected, rows: rows, columns: columns)
    expectUnpacked(ownPlain, expected)
    expectUnpacked(ownTransposed, turned)
    for threadCount in [1, 3] {
      let (plain, transposed) = (
        packedZeros(rows, columns, path: path), packedZeros(columns, rows, path: path)
      )
      PackedMatrix.pack(
        values, plain: plain, transposed: transposed, team: ThreadTeam(threadCount: threadCount))
      #expect(unpacked(plain) == unpacked(ownPlain))
      #expect(unpacked(transposed) == unpacked(ownTransposed))
    }
  }

  /// Values are exact, or the nearest units of fixed point: a part of their column's norm.
  private func expectUnpacked(_ packed: PackedMatrix, _ expected: [Double]) {
    let found = unpacked(packed).map(Double.init)
    // Below the last row there is nothing.
    #expect(found.dropFirst(expected.count).allSatisfy { $0 == 0 })
    for column in 0..<packed.columns {
      let places = stride(from: column, to: expected.count, by: packed.columns)
      let unit = packed.path.isFixedPoint ? norm(places.map { expected[$0] }) / 32_700 : 0
      #expect(places.allSatisfy { abs(found[$0] - expected[$0]) <= 0.501 * unit })
    }
  }

  /// Panels that fill the memory that they lie in: whoever reads on leaves it.
  @Test(
    arguments: [
      (HalfMultiply.Path.portable, [0..<64, 64..<160, 160..<200]),
      (.fixedInC, [0..<256, 256..<512, 512..<600]),
    ])
  func partsOfAProductAddUp(_ path: HalfMultiply.Path, _ parts: [Range<Int>]) {
    let (rows, depth, columns) = (35, parts[2].upperBound, 70)
    let (a, aValues) = randomHalves(rows, depth, seed: 36)
    let (b, bValues) = randomHalves(depth, columns, seed: 37)
    let packed = packedZeros(depth, columns, path: path)
    packed.pack(.half(b), transposed: false)
    let (sum, whole) = (Matrix.zeros(rows, columns), Matrix.zeros(rows, columns))
    HalfMultiply.multiply(a, packed, into: whole)
    for part in parts {
      HalfMultiply.multiply(
        a.columns(part), packed.rows(part), into: sum, accumulate: part.lowerBound > 0)
    }
    // Fixed point is cut where the parts are.
    if path.isFixedPoint {
      #expect(sum.array == whole.array)
      return
    }
    let expected = Reference.multiply(
      aValues.array.map(Double.init), bValues.array.map(Double.init), rows: rows, depth: depth,
      columns: columns)
    let worst = WorstError("sum", sum.array, expected)
    #expect(worst.error < 2e-6 * Double(depth + 10), "\(worst)")
  }
}
