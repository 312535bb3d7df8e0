// What this machine reaches at best: measured, to compare a model's phases with.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The best that a team's threads do together on matrix products and on memory.
package struct MachineCeilings: Sendable {
  /// Operations a second of a large product.
  package let operationsPerSecond: Double
  /// Bytes a second, read and written, of c = a + b over vectors that no cache holds.
  package let bytesPerSecond: Double

  /// Takes about a second.
  package init(_ precision: ProductPrecision, team: ThreadTeam) {
    operationsPerSecond = Self.products(precision, team)
    bytesPerSecond = Self.memory(team)
  }

  private static let repetitions = 20

  /// Per thread some rows by 1,024 columns, and as deep: rows of a piece, or in half precision, where
  /// blocks are of 32 rows, a multiple of these.
  private static func products(_ precision: ProductPrecision, _ team: ThreadTeam) -> Double {
    let (rows, side) = (precision == .half ? 128 : PanelMultiply.pieceRows, 1_024)
    let a = (0..<team.threadCount).map { _ in Matrix.zeros(rows, side) }
    let c = (0..<team.threadCount).map { _ in Matrix.zeros(rows, side) }
    let b = Matrix.zeros(side, side)
    for matrix in a + [b] { matrix.vector.fill(0.5) }
    let halves = a.map { matrix in
      let half = BFloat16Matrix.zeros(rows, side)
      half.round(matrix)
      return half
    }
    var plan = MemoryPlan()
    let region = plan.reservePacked(side, side)
    let packed = Workspace(plan).packed(region)
    packed.pack(.single(b), transposed: false, team: team)
    let panels = FloatPanels(
      .zeros(FloatPanels.count(side, side)), depth: side, columns: side)
    panels.pack(b, transposed: false, team: team)
    let seconds = best {
      team.run(team.threadCount) { task, _ in
        switch precision {
        case .single: PanelMultiply.multiply(a[task], panels, into: c[task])
        case .half: HalfMultiply.multiply(halves[task], packed, into: c[task])
        }
      }
    }
    return 2 * Double(team.threadCount * rows) * Double(side * side) / seconds
  }

  private static func memory(_ team: ThreadTeam) -> Double {
    let count = 16 << 20
    let vectors = (0..<3).map { _ in Vector.zeros(count) }
    for vector in vectors { VectorMath.fill(vector, 1, team: team) }
    let seconds = best {
      team.runRanges(count, minimum: 1 << 16) {
        VectorMath.add(vectors[0][$0], vectors[1][$0], into: vectors[2][$0])
      }
    }
    return 3 * 4 * Double(count) / seconds
  }

  private static func best(_ body: () -> Void) -> Double {
    (0..<repetitions).map { _ in
      let start = PhaseClock.now()
      body()
      return PhaseClock.now() - start
    }.min() ?? .infinity
  }
}
