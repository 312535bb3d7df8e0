// Activation memory, planned once and allocated as one block.

/// Regions reserved one after the other, before any memory exists.
package struct MemoryPlan {
  /// A reserved matrix; ask a `Workspace` for its memory.
  package struct Region: Sendable {
    fileprivate let offset: Int
    fileprivate let rows: Int
    fileprivate let columns: Int
  }

  /// Floats reserved so far.
  package private(set) var floatCount = 0
  /// Floats behind the last region that products may read.
  fileprivate var readAhead = 0

  package init() {}

  package mutating func reserve(_ rows: Int, _ columns: Int) -> Region {
    defer {
      let padding = ParameterLayout.alignment - 1
      floatCount +=
        (rows * columns + padding) / ParameterLayout.alignment * ParameterLayout.alignment
    }
    return Region(offset: floatCount, rows: rows, columns: columns)
  }

  package mutating func reserve(_ count: Int) -> Region { reserve(1, count) }

  /// A reserved matrix of bfloat16 values.
  package struct HalfRegion: Sendable {
    fileprivate let region: Region
    fileprivate let columns: Int
  }

  /// With what products read beyond the last row and column.
  package mutating func reserveHalf(_ rows: Int, _ columns: Int) -> HalfRegion {
    let stride = BFloat16Matrix.rowStride(columns)
    readAhead = max(readAhead, 32 * stride / 2)
    return HalfRegion(region: reserve(rows + 1, stride / 2), columns: columns)
  }

  /// Reserved panels.
  package struct PackedRegion: Sendable {
    fileprivate let region: Region
    fileprivate let depth: Int
    fileprivate let columns: Int
  }

  package mutating func reservePacked(_ depth: Int, _ columns: Int) -> PackedRegion {
    PackedRegion(
      region: reserve(PackedMatrix.valueCount(depth, columns) / 2), depth: depth, columns: columns)
  }
}

/// The memory behind a plan.
package struct Workspace {
  private let buffer: FloatBuffer

  package init(_ plan: MemoryPlan) { buffer = FloatBuffer(count: plan.floatCount + plan.readAhead) }

  private init(buffer: FloatBuffer) { self.buffer = buffer }

  /// The same memory for windows of one thread only: they count as users of a buffer of their own.
  /// Threads that count users of one and the same wait for each other.
  package var forOneThread: Workspace { Workspace(buffer: buffer.part(0..<buffer.count)) }

  package func matrix(_ region: MemoryPlan.Region) -> Matrix {
    Matrix(
      buffer: buffer, offset: region.offset, rows: region.rows, columns: region.columns,
      stride: region.columns)
  }

  package func vector(_ region: MemoryPlan.Region) -> Vector { matrix(region).vector }

  package func half(_ region: MemoryPlan.HalfRegion) -> BFloat16Matrix {
    BFloat16Matrix(
      buffer: buffer, offset: 2 * region.region.offset, rows: region.region.rows - 1,
      columns: region.columns, stride: 2 * region.region.columns)
  }

  package func packed(
    _ region: MemoryPlan.PackedRegion, path: HalfMultiply.Path = HalfMultiply.best
  ) -> PackedMatrix {
    PackedMatrix(
      buffer: buffer, offset: 2 * region.region.offset, depth: region.depth,
      columns: region.columns, path: path)
  }
}
