// Memory that the layers of a model share while they multiply.
import Tensors

/// Pieces of results that stay in a core's cache until they have been finished, and factors of
/// products in half precision in the orders in which these are read.
struct ProductScratch {
  /// A piece of each thread.
  let pieces: [Vector]
  /// A transposed gradient, widest layer × (B·T); in half precision only.
  let transposed: BFloat16Matrix?
  /// A packed input of a layer, (B·T) × widest layer; in half precision only.
  let packed: PackedMatrix?

  /// Rows that products and passes over rows handle at least.
  static let minimumRows = 32
  /// A piece of this many floats is well within a second-level cache.
  private static let leastPiece = 96 * 1_024
  /// Rows of a piece at most: of many, the product's first factor would displace the second.
  private static let largestPiece = 128

  /// Floats that a thread needs where the widest layer has `width` columns.
  static func pieceCount(width: Int) -> Int { max(leastPiece, minimumRows * width) }

  /// Rows of a piece: as many as stay in a cache, but a piece for each thread.
  private func pieceRows(of rows: Int, columns: Int) -> Int {
    func whole(_ count: Int) -> Int {
      (count + Self.minimumRows - 1) / Self.minimumRows * Self.minimumRows
    }
    let fitting = pieces[0].count / columns / Self.minimumRows * Self.minimumRows
    let share = whole((rows + pieces.count - 1) / pieces.count)
    return max(Self.minimumRows, min(Self.largestPiece, fitting, share))
  }

  /// Rows of a gradient of weights that one task computes, 256 or more where there are enough: every
  /// task reads the other factor, which has as many rows as the batch and fits no core's cache.
  static func taskRows(of rows: Int, threadCount: Int) -> Int {
    let tasks = threadCount * max(1, rows / (threadCount * 2 * largestPiece))
    return max(
      minimumRows, ((rows + tasks - 1) / tasks + minimumRows - 1) / minimumRows * minimumRows)
  }

  /// A thread's memory for a piece.
  func piece(thread: Int, rows: Int, columns: Int) -> Matrix {
    Matrix(pieces[thread][0..<rows * columns], rows: rows, columns: columns)
  }

  /// Sums of all threads, in a piece while no product needs it.
  func sums(rows: Int, columns: Int) -> Matrix {
    Matrix(pieces[0][0..<rows * columns], rows: rows, columns: columns)
  }

  /// Cuts rows into pieces and spreads them over the threads.
  func forEachPiece(
    rows: Int, columns: Int, team: ThreadTeam, _ body: (_ rows: Range<Int>, _ thread: Int) -> Void
  ) {
    let length = pieceRows(of: rows, columns: columns)
    team.run((rows + length - 1) / length) { task, thread in
      body(task * length..<min(rows, (task + 1) * length), thread)
    }
  }
}
