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
}

/// The memory behind a plan.
package struct Workspace {
  private let buffer: FloatBuffer

  package init(_ plan: MemoryPlan) { buffer = FloatBuffer(count: plan.floatCount) }

  package func matrix(_ region: MemoryPlan.Region) -> Matrix {
    Matrix(
      buffer: buffer, offset: region.offset, rows: region.rows, columns: region.columns,
      stride: region.columns)
  }

  package func vector(_ region: MemoryPlan.Region) -> Vector { matrix(region).vector }
}
