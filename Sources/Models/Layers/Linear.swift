// Linear layer: y = x Wᵀ + b.
import Tensors

/// Weight [out, in], bias [out].
struct Linear {
  let weight: ParameterViews.Parameter
  let bias: ParameterViews.Parameter?
  /// The weight as products in half precision read it; nil in single precision.
  let packed: PackedWeight?

  init(_ views: ParameterViews, _ name: String) {
    weight = views["\(name).weight"]
    bias = views.find("\(name).bias")
    packed = views.packed("\(name).weight")
  }

  /// What happens to rows of a result while they are in a cache: rows, their floats, the thread.
  typealias Finish = (_ rows: Range<Int>, _ result: Matrix, _ thread: Int) -> Void

  /// Operations of a forward pass over `rows` rows; a backward pass takes twice as many.
  func operations(rows: Int) -> Double { 2 * Double(rows) * Double(weight.value.count) }

  /// y = x Wᵀ + b; x: rows × in, y: rows × out.
  /// - Parameters:
  ///   - y: where the result is kept; nil if `finish` is all that needs it, in half precision.
  ///   - finish: called with rows of the result as floats, while they are in a cache. It may
  ///     overwrite them where y is not kept in single precision.
  func forward(
    _ x: ProductMatrix, into y: ProductMatrix?, _ scratch: ProductScratch, team: ThreadTeam,
    finish: Finish = { _, _, _ in }
  ) {
    multiply(x, into: y, scratch, team: team) { rows, result, thread in
      if let bias { VectorMath.addBias(bias.value, to: result) }
      if let y { y.rows(rows).store(result) }
      finish(rows, result, thread)
    }
  }

  /// The same without the bias. y in half precision is left to `finish`.
  func multiply(
    _ x: ProductMatrix, into y: ProductMatrix?, _ scratch: ProductScratch, team: ThreadTeam,
    finish: Finish
  ) {
    switch x {
    case .single(let x):
      guard case .single(let y) = y else { preconditionFailure("y has another precision than x") }
      forEachResult(x, weightTransposed: true, into: y, scratch, team, finish)
    case .half(let x):
      forEachResult(x, packedWeight.forward, into: y, scratch, team, finish)
    }
  }

  /// dx = dy W; dW += dyᵀ x; db += column sums of dy.
  /// - Parameters:
  ///   - dx: as y of `forward`.
  ///   - finish: as that of `forward`, with rows of dx.
  func backward(
    _ dy: ProductMatrix, x: ProductMatrix, into dx: ProductMatrix?, _ scratch: ProductScratch,
    team: ThreadTeam, finish: Finish = { _, _, _ in }
  ) {
    guard let weightGradient = weight.gradientMatrix else {
      preconditionFailure("this model was built without gradients")
    }
    switch (dy, x) {
    case (.single(let dy), .single(let x)):
      guard case .single(let dx) = dx else { preconditionFailure("dx has another precision") }
      forEachResult(dy, weightTransposed: false, into: dx, scratch, team, finish)
      TransposedMultiply.multiply(
        dy, x, into: weightGradient, accumulate: true, scratch: scratch.pieces, team: team)
      guard let biasGradient = bias?.gradient else { return }
      team.runRanges(dy.columns, minimum: Self.minimumColumns, alignment: Self.minimumColumns) {
        VectorMath.addColumnSums(of: dy, columns: $0, to: biasGradient)
      }
    case (.half(let dy), .half(let x)):
      forEachResult(dy, packedWeight.backward, into: dx, scratch, team) { rows, result, thread in
        if let dx { dx.rows(rows).store(result) }
        finish(rows, result, thread)
      }
      addProduct(dy, x, to: weightGradient, scratch, team: team)
    default: preconditionFailure("dy has another precision than x")
    }
  }

  private var packedWeight: PackedWeight {
    guard let packed else { preconditionFailure("this layer was built for single precision") }
    return packed
  }

  /// x times the weight, transposed or not, piece by piece.
  private func forEachResult(
    _ x: Matrix, weightTransposed: Bool, into y: Matrix, _ scratch: ProductScratch,
    _ team: ThreadTeam, _ finish: Finish
  ) {
    precondition(x.rows == y.rows, "\(x.rows) rows into \(y.rows)")
    if x.rows <= Self.fewRows {
      multiplyByPanels(x, weightTransposed: weightTransposed, into: y, scratch, team)
      scratch.forEachPiece(rows: x.rows, team: team) { rows, thread in
        finish(rows, y.rows(rows), thread)
      }
      return
    }
    let panels = scratch.panels(depth: x.columns, columns: y.columns)
    panels.pack(weight.matrix, transposed: weightTransposed, team: team)
    scratch.forEachPiece(rows: x.rows, team: team) { rows, thread in
      let result = y.rows(rows)
      PanelMultiply.multiply(x.rows(rows), panels, into: result)
      finish(rows, result, thread)
    }
  }

  /// All rows of x times one panel of the weight after another.
  private func multiplyByPanels(
    _ x: Matrix, weightTransposed: Bool, into y: Matrix, _ scratch: ProductScratch,
    _ team: ThreadTeam
  ) {
    team.runPieces(y.columns, length: FloatPanels.panelColumns) { columns, thread in
      let panel = scratch.panel(of: y.columns, columns, depth: x.columns, thread: thread)
      let part = weightTransposed ? weight.matrix.rows(columns) : weight.matrix.columns(columns)
      panel.pack(part, transposed: weightTransposed)
      PanelMultiply.multiply(x, panel, into: y.columns(columns))
    }
  }

  /// So few rows do not outweigh a weight's way through memory, packed: panels are packed and used
  /// while they are in a cache.
  private static let fewRows = 384

  /// x times `factor`, piece by piece: in the result's own memory where that is single precision.
  private func forEachResult(
    _ x: BFloat16Matrix, _ factor: PackedMatrix, into y: ProductMatrix?, _ scratch: ProductScratch,
    _ team: ThreadTeam, _ finish: Finish
  ) {
    scratch.forEachPiece(rows: x.rows, columns: factor.columns, team: team) { rows, thread in
      var result = scratch.piece(thread: thread, rows: rows.count, columns: factor.columns)
      if case .single(let y) = y { result = y.rows(rows) }
      HalfMultiply.multiply(x.rows(rows), factor, into: result)
      finish(rows, result, thread)
    }
  }

  /// sum += dyᵀ x, and the bias's gradient += column sums of dy, in half precision.
  private func addProduct(
    _ dy: BFloat16Matrix, _ x: BFloat16Matrix, to sum: Matrix, _ scratch: ProductScratch,
    team: ThreadTeam
  ) {
    guard let packed = scratch.packed?.reused(depth: x.rows, columns: x.columns) else {
      preconditionFailure("the scratch was planned for single precision")
    }
    packed.pack(.half(x), transposed: false, team: team)
    let length = ProductScratch.taskRows(of: sum.rows, threadCount: team.threadCount)
    team.runPieces(sum.rows, length: length) { rows, thread in
      for first in stride(from: 0, to: dy.rows, by: ProductScratch.transposedDepth) {
        let depth = first..<min(dy.rows, first + ProductScratch.transposedDepth)
        let transposed = scratch.transposed[thread].reused(rows: rows.count, columns: depth.count)
        dy.rows(depth).columns(rows).transpose(
          into: transposed, rows: 0..<rows.count, addingSumsTo: bias?.gradient?[rows])
        HalfMultiply.multiply(
          transposed, packed.rows(depth), into: sum.rows(rows), accumulate: true)
      }
    }
  }

  /// Rows of one task in passes over rows.
  static let minimumRows = 32
  /// Columns of one task in sums over rows: whole cache lines.
  static let minimumColumns = 64
}
