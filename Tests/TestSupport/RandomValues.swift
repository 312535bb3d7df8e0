// Test data: random numbers that are the same in every run.
import Tensors

/// `count` normal numbers.
package func randomValues(
  _ count: Int, seed: Int, mean: Float = 0, deviation: Float = 1
) -> [Float] {
  let stream = RandomStream(seed: 0x7e57, stream: UInt64(seed))
  return (0..<count).map { mean + deviation * stream.normal(UInt64($0)) }
}

/// A matrix of normal numbers, `padding` floats between its rows.
package func randomMatrix(_ rows: Int, _ columns: Int, seed: Int, padding: Int = 0) -> Matrix {
  let values = randomValues(rows * (columns + padding), seed: seed)
  return Matrix(Vector(values), rows: rows, columns: columns + padding).columns(0..<columns)
}

extension Matrix {
  /// Row-major, without the gaps.
  package var array: [Float] { (0..<rows).flatMap { row($0).array } }
}

/// `count` token ids below `bound`.
package func randomTokens(_ count: Int, below bound: Int, seed: Int) -> [Int32] {
  let stream = RandomStream(seed: 0x70c5, stream: UInt64(seed))
  return (0..<count).map { Int32(stream.integer(UInt64($0), below: bound)) }
}
