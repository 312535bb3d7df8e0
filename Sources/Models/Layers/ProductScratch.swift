// Memory that the layers of a model share while they multiply.
import Tensors

/// Pieces of results that stay in a core's cache until they have been finished, and factors of
/// products in the orders in which these are read.
struct ProductScratch {
  /// A piece of each thread; in single precision, where results are made in their own memory,
  /// gradients of weights need it.
  let pieces: [Vector]
  /// A layer's packed weight; in single precision only.
  let packedWeight: Vector?
  /// A part of a transposed gradient for each thread; in half precision only.
  let transposed: [BFloat16Matrix]
  /// A packed input of a layer, (B·T) × widest layer; in half precision only.
  let packed: PackedMatrix?

  /// Rows that products and passes over rows handle at least.
  static let minimumRows = 32
  /// A piece of this many floats is well within a second-level cache.
  private static let leastPiece = TransposedMultiply.scratchCount
  /// Rows of a piece at most: of many, the product's first factor would displace the second.
  private static let largestPiece = 128

  /// Floats that a thread needs where the widest layer has `width` columns.
  static func pieceCount(width: Int) -> Int { max(leastPiece, minimumRows * width) }

  /// Rows of a piece: as many as stay in a cache, and where rows that products compute together allow
  /// it, an equal number of pieces for every thread.
  private func pieceRows(of rows: Int, columns: Int) -> Int {
    let fitting = pieces[0].count / columns / Self.minimumRows * Self.minimumRows
    let round = pieces.count * min(Self.largestPiece, fitting)
    let count = max(1, (rows + round - 1) / round * pieces.count)
    let (share, unit) = ((rows + count - 1) / count, HalfMultiply.rowsTogether)
    return max(Self.minimumRows, (share + unit - 1) / unit * unit)
  }

  /// Rows of a piece in single precision: as many pieces for one thread as for another.
  private func singlePieceRows(of rows: Int) -> Int {
    let round = pieces.count * PanelMultiply.pieceRows
    let count = max(1, (rows + round - 1) / round * pieces.count)
    let (share, unit) = ((rows + count - 1) / count, PanelMultiply.tileRows)
    return max(1, (share + unit - 1) / unit) * unit
  }

  /// Rows of a gradient of weights that one task computes, 256 or more where there are enough: every
  /// task reads the other factor, which has as many rows as the batch and fits no core's cache.
  static func taskRows(of rows: Int, threadCount: Int) -> Int {
    let tasks = threadCount * max(1, rows / (threadCount * 2 * largestPiece))
    return max(
      minimumRows, ((rows + tasks - 1) / tasks + minimumRows - 1) / minimumRows * minimumRows)
  }

  /// Rows of a gradient that are transposed at a time, and multiplied while they are in a cache: whole
  /// stretches of fixed point. A constant, since sums are cut there.
  static let transposedDepth = 1024

  /// Reserves a thread's memory for a part of a transposed gradient of any layer over `tokens` rows.
  static func reserveTransposed(
    _ plan: inout MemoryPlan, _ configuration: ModelConfiguration, tokens: Int, threadCount: Int
  ) -> MemoryPlan.HalfRegion {
    func rows(_ width: Int) -> Int { min(width, taskRows(of: width, threadCount: threadCount)) }
    let width = configuration.embeddingWidth
    return plan.reserveHalf(
      max(rows(width), rows(3 * width), rows(configuration.hiddenWidth)),
      min(tokens, transposedDepth))
  }

  /// A thread's memory for a piece.
  func piece(thread: Int, rows: Int, columns: Int) -> Matrix {
    Matrix(pieces[thread][0..<rows * columns], rows: rows, columns: columns)
  }

  /// Sums of all threads, in a piece while no product needs it.
  func sums(rows: Int, columns: Int) -> Matrix {
    Matrix(pieces[0][0..<rows * columns], rows: rows, columns: columns)
  }

  /// The memory for a packed weight, in single precision.
  func panels(depth: Int, columns: Int) -> FloatPanels {
    guard let packedWeight else {
      preconditionFailure("the scratch was planned for half precision")
    }
    return FloatPanels(packedWeight, depth: depth, columns: columns)
  }

  /// The memory for one panel of a weight with so many columns.
  func panel(
    of columnCount: Int, _ columns: Range<Int>, depth: Int, thread: Int
  ) -> FloatPanels {
    guard let packedWeight else {
      preconditionFailure("the scratch was planned for half precision")
    }
    // The same place for every panel of a thread, which stays in its cache.
    let first =
      pieces.count * FloatPanels.panelColumns <= columnCount
      ? thread * FloatPanels.panelColumns : columns.lowerBound
    return FloatPanels(
      packedWeight[first * depth..<packedWeight.count], depth: depth, columns: columns.count)
  }

  /// Cuts rows of products in single precision into pieces and spreads them over the threads.
  func forEachPiece(
    rows: Int, team: ThreadTeam, _ body: (_ rows: Range<Int>, _ thread: Int) -> Void
  ) {
    team.runPieces(rows, length: singlePieceRows(of: rows), body)
  }

  /// Cuts rows of passes, and of products in half precision, into pieces and spreads them over the threads.
  func forEachPiece(
    rows: Int, columns: Int, team: ThreadTeam, _ body: (_ rows: Range<Int>, _ thread: Int) -> Void
  ) {
    let length = pieceRows(of: rows, columns: columns)
    team.run((rows + length - 1) / length) { task, thread in
      body(task * length..<min(rows, (task + 1) * length), thread)
    }
  }
}
