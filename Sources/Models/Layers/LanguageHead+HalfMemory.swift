// What the head in half precision keeps between its passes, and how its work is cut.
import Tensors

extension LanguageHead {
  /// Columns of the vocabulary that are handled together: their weights stay in a core's cache.
  static let tileColumns = 512
  /// Rows that are handled together: their logits of a tile stay there too.
  static let blockRows = 64
  /// Tiles are shared out in at most so many groups, each of which sums up its part of dx.
  private static let largestGroupCount = 8

  static func tileCount(_ vocabulary: Int) -> Int {
    (vocabulary + tileColumns - 1) / tileColumns
  }

  static func groupCount(_ vocabulary: Int) -> Int {
    min(tileCount(vocabulary), largestGroupCount)
  }

  struct HalfMemory {
    /// exp(logit - reference), rounded and transposed: vocabulary × rows. The targets' are zero.
    let exponentials: BFloat16Matrix
    /// Σ of the exponentials of every tile of the vocabulary, rows × tiles.
    let sums: Matrix
    /// A value near the largest logit of each row.
    let references: Vector
    let targetLogits: Vector
    /// What the exponentials of a row are divided by, inverted; 0 where the target is ignored.
    let scales: Vector
    /// The gradient of the target's logit: its probability less 1.
    let targetGradients: Vector
    /// Exponentials of a block before they are transposed, one matrix a thread.
    let blocks: [BFloat16Matrix]
    /// dx of every group of tiles, before it is scaled: (groups · rows) × C.
    let dxParts: Matrix
    /// x scaled, rows × C, and the same as a second factor.
    let scaled: BFloat16Matrix
    let packed: PackedMatrix
  }

  /// Memory reserved in a plan, for at most `rows` rows.
  struct HalfRegions {
    private let exponentials: MemoryPlan.HalfRegion
    private let sums: MemoryPlan.Region
    private let vectors: [MemoryPlan.Region]
    private let blocks: [MemoryPlan.HalfRegion]
    private let dxParts: MemoryPlan.Region
    private let scaled: MemoryPlan.HalfRegion
    private let packed: MemoryPlan.PackedRegion

    init(
      _ plan: inout MemoryPlan, rows: Int, _ configuration: ModelConfiguration, threadCount: Int,
      training: Bool
    ) {
      let vocabulary = configuration.usedVocabularySize
      let width = configuration.embeddingWidth
      let count = LanguageHead.tileRows(
        rows: rows, vocabularySize: vocabulary, valueSize: MemoryLayout<UInt16>.stride,
        mebibytes: threadCount > 1 ? 128 : 64)
      sums = plan.reserve(count, LanguageHead.tileCount(vocabulary))
      vectors = (0..<4).map { _ in plan.reserve(count) }
      let kept = training ? count : 1
      exponentials = plan.reserveHalf(training ? vocabulary : 1, kept)
      blocks = (0..<(training ? threadCount : 0)).map { _ in
        plan.reserveHalf(LanguageHead.blockRows, min(vocabulary, LanguageHead.tileColumns))
      }
      dxParts = plan.reserve(LanguageHead.groupCount(vocabulary) * kept, width)
      scaled = plan.reserveHalf(kept, width)
      packed = plan.reservePacked(kept, width)
    }

    func memory(_ workspace: Workspace) -> HalfMemory {
      HalfMemory(
        exponentials: workspace.half(exponentials), sums: workspace.matrix(sums),
        references: workspace.vector(vectors[0]), targetLogits: workspace.vector(vectors[1]),
        scales: workspace.vector(vectors[2]), targetGradients: workspace.vector(vectors[3]),
        blocks: blocks.map { workspace.half($0) }, dxParts: workspace.matrix(dxParts),
        scaled: workspace.half(scaled), packed: workspace.packed(packed))
    }
  }
}
