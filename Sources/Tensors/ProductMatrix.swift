// A matrix that products read, in the precision that a model multiplies in.

/// What the factors of matrix products are. Sums, and everything between products, are single
/// precision in both.
package enum ProductPrecision: Sendable {
  case single
  /// bfloat16.
  case half
}

/// Floats as they are, or rounded to bfloat16.
package enum ProductMatrix: Sendable {
  case single(Matrix)
  case half(BFloat16Matrix)

  package var rows: Int {
    switch self {
    case .single(let matrix): matrix.rows
    case .half(let matrix): matrix.rows
    }
  }

  package var columns: Int {
    switch self {
    case .single(let matrix): matrix.columns
    case .half(let matrix): matrix.columns
    }
  }

  /// This matrix where floats can be written in place.
  package var ifSingle: ProductMatrix? {
    if case .single = self { self } else { nil }
  }

  package func rows(_ range: Range<Int>) -> ProductMatrix {
    switch self {
    case .single(let matrix): .single(matrix.rows(range))
    case .half(let matrix): .half(matrix.rows(range))
    }
  }

  package func columns(_ range: Range<Int>) -> ProductMatrix {
    switch self {
    case .single(let matrix): .single(matrix.columns(range))
    case .half(let matrix): .half(matrix.columns(range))
    }
  }

  /// Moves some rows to the front, over those that are there.
  /// - Precondition: their numbers rise.
  package func moveToFront(_ rows: [Int]) {
    for (place, row) in rows.enumerated() where place != row {
      precondition(place < row, "row \(row) comes after a later one")
      switch self {
      case .single(let matrix): matrix.row(place).copy(from: matrix.row(row))
      case .half(let matrix): matrix.rows(place..<place + 1).copy(from: matrix.rows(row..<row + 1))
      }
    }
  }

  /// Calls `body` with memory for floats, and keeps what it writes there.
  package func write(_ scratch: @autoclosure () -> Matrix, _ body: (Matrix) -> Void) {
    switch self {
    case .single(let matrix): body(matrix)
    case .half(let matrix):
      let scratch = scratch()
      body(scratch)
      matrix.round(scratch)
    }
  }

  /// Keeps the values of `floats`; nothing is done where they are this matrix's own memory.
  package func store(_ floats: Matrix) {
    switch self {
    case .single(let matrix):
      precondition(
        matrix.buffer === floats.buffer && matrix.offset == floats.offset,
        "single precision is written in place")
    case .half(let matrix): matrix.round(floats)
    }
  }

  package var source: PackedMatrix.Source {
    switch self {
    case .single(let matrix): .single(matrix)
    case .half(let matrix): .half(matrix)
    }
  }
}

extension MemoryPlan {
  package enum ProductRegion: Sendable {
    case single(Region)
    case half(HalfRegion)
  }

  package mutating func reserve(
    _ rows: Int, _ columns: Int, _ precision: ProductPrecision
  ) -> ProductRegion {
    switch precision {
    case .single: .single(reserve(rows, columns))
    case .half: .half(reserveHalf(rows, columns))
    }
  }
}

extension Workspace {
  package func product(_ region: MemoryPlan.ProductRegion) -> ProductMatrix {
    switch region {
    case .single(let region): .single(matrix(region))
    case .half(let region): .half(half(region))
    }
  }
}
