// How the activations of a GPT are laid out in memory.
import Tensors

extension GPTActivations {
  /// - Parameters:
  ///   - recompute: what is not kept for every layer.
  ///   - training: whether a backward pass will follow.
  init(
    _ configuration: ModelConfiguration, _ precision: ProductPrecision, _ recompute: Recompute,
    rows: Int, columns: Int, training: Bool, threadCount: Int
  ) {
    let tokens = rows * columns
    let width = configuration.embeddingWidth
    var plan = MemoryPlan()

    let all = training ? configuration.layerCount : 1
    // Without a backward pass one residual stream is overwritten by every block.
    let streams = (0..<(training ? all + 1 : 1)).map { _ in plan.reserve(tokens, width) }
    let layers = (0..<(recompute == .block ? 1 : all)).map { _ in
      BlockRegions(&plan, configuration, precision, tokens)
    }
    let attentions = (0..<(recompute == .none ? all : 1)).map { _ in
      AttentionRegions(&plan, configuration, precision, tokens)
    }
    let final = plan.reserve(tokens, width, precision)
    let finalStatistics = plan.reserve(2, tokens)
    let losses = plan.reserve(tokens)
    let projected = precision == .single ? plan.reserve(tokens, width) : nil
    let shared = SharedRegions(
      &plan, configuration, precision, tokens: tokens, columns: columns, training: training,
      threadCount: threadCount)
    let backward = training ? GradientRegions(&plan, configuration, precision, tokens) : nil

    let workspace = Workspace(plan)
    self.rows = rows
    self.columns = columns
    byteCount = plan.floatCount * MemoryLayout<Float>.stride
    blocks = (0..<configuration.layerCount).map { layer in
      layers[layer % layers.count].block(
        workspace, attentions[layer % attentions.count],
        input: workspace.matrix(streams[layer % streams.count]),
        output: workspace.matrix(streams[(layer + 1) % streams.count]))
    }
    self.final = workspace.product(final)
    finalMean = workspace.matrix(finalStatistics).row(0)
    finalRstd = workspace.matrix(finalStatistics).row(1)
    self.losses = workspace.vector(losses)
    self.projected = projected.map { .single(workspace.matrix($0)) }
    scratch = shared.scratch(workspace)
    attention = shared.attention(workspace)
    head = shared.head(workspace)
    gradients = backward?.gradients(workspace)
  }

  private struct AttentionRegions {
    let logSum: MemoryPlan.Region
    let qkv: MemoryPlan.ProductRegion
    let attended: MemoryPlan.ProductRegion

    init(
      _ plan: inout MemoryPlan, _ configuration: ModelConfiguration,
      _ precision: ProductPrecision, _ tokens: Int
    ) {
      logSum = plan.reserve(tokens * configuration.headCount)
      qkv = plan.reserve(tokens, 3 * configuration.embeddingWidth, precision)
      attended = plan.reserve(tokens, configuration.embeddingWidth, precision)
    }
  }

  private struct BlockRegions {
    private let statistics: MemoryPlan.Region
    private let middle: MemoryPlan.Region
    private let normalized1: MemoryPlan.ProductRegion
    private let normalized2: MemoryPlan.ProductRegion
    private let hidden: MemoryPlan.ProductRegion
    private let activated: MemoryPlan.ProductRegion

    init(
      _ plan: inout MemoryPlan, _ configuration: ModelConfiguration,
      _ precision: ProductPrecision, _ tokens: Int
    ) {
      let width = configuration.embeddingWidth
      statistics = plan.reserve(4, tokens)
      middle = plan.reserve(tokens, width)
      normalized1 = plan.reserve(tokens, width, precision)
      normalized2 = plan.reserve(tokens, width, precision)
      hidden = plan.reserve(tokens, configuration.hiddenWidth, precision)
      activated = plan.reserve(tokens, configuration.hiddenWidth, precision)
    }

    func block(
      _ workspace: Workspace, _ attention: AttentionRegions, input: Matrix, output: Matrix
    ) -> Block {
      let statistics = workspace.matrix(statistics)
      return Block(
        input: input, normalized1: workspace.product(normalized1), mean1: statistics.row(0),
        rstd1: statistics.row(1), qkv: workspace.product(attention.qkv),
        attended: workspace.product(attention.attended),
        logSum: workspace.vector(attention.logSum),
        middle: workspace.matrix(middle), normalized2: workspace.product(normalized2),
        mean2: statistics.row(2), rstd2: statistics.row(3), hidden: workspace.product(hidden),
        activated: workspace.product(activated), output: output)
    }
  }

  /// What layers and head use while they compute.
  private struct SharedRegions {
    private let pieces: [MemoryPlan.Region]
    private let packedWeight: MemoryPlan.Region?
    private let transposed: [MemoryPlan.HalfRegion]
    private let packed: MemoryPlan.PackedRegion?
    private let attentionSingle: [CausalAttention.SingleRegions]
    private let attentionHalf: [CausalAttention.HalfRegions]
    private let headSingle: LanguageHead.SingleRegions?
    private let headHalf: LanguageHead.HalfRegions?

    init(
      _ plan: inout MemoryPlan, _ configuration: ModelConfiguration,
      _ precision: ProductPrecision, tokens: Int, columns: Int, training: Bool, threadCount: Int
    ) {
      let widest = configuration.hiddenWidth
      pieces = (0..<threadCount).map { _ in
        plan.reserve(ProductScratch.pieceCount(width: widest))
      }
      switch precision {
      case .single:
        // Also for queries, keys and values, 3C wide.
        packedWeight = plan.reserve(
          FloatPanels.largestCount(configuration.embeddingWidth, configuration.hiddenWidth))
        attentionSingle = (0..<threadCount).map { _ in
          CausalAttention.SingleRegions(
            &plan, time: columns, headWidth: configuration.headWidth, training: training)
        }
        headSingle = LanguageHead.SingleRegions(
          &plan, rows: tokens, configuration, threadCount: threadCount, training: training)
        (transposed, packed, attentionHalf, headHalf) = ([], nil, [], nil)
      case .half:
        transposed = (0..<(training ? threadCount : 0)).map { _ in
          ProductScratch.reserveTransposed(
            &plan, configuration, tokens: tokens, threadCount: threadCount)
        }
        packed = training ? plan.reservePacked(tokens, widest) : nil
        attentionHalf = (0..<threadCount).map { _ in
          CausalAttention.HalfRegions(
            &plan, time: columns, headWidth: configuration.headWidth, training: training)
        }
        headHalf = LanguageHead.HalfRegions(
          &plan, rows: tokens, configuration, threadCount: threadCount, training: training)
        (packedWeight, attentionSingle, headSingle) = (nil, [], nil)
      }
    }

    func scratch(_ workspace: Workspace) -> ProductScratch {
      ProductScratch(
        pieces: pieces.map { workspace.forOneThread.vector($0) },
        packedWeight: packedWeight.map { workspace.vector($0) },
        transposed: transposed.map { workspace.forOneThread.half($0) },
        packed: packed.map { workspace.packed($0) })
    }

    func attention(_ workspace: Workspace) -> CausalAttention.Memory {
      attentionHalf.isEmpty
        ? .single(attentionSingle.map { $0.memory(workspace.forOneThread) })
        : .half(attentionHalf.map { $0.memory(workspace.forOneThread) })
    }

    func head(_ workspace: Workspace) -> LanguageHead.Memory {
      if let headHalf { return .half(headHalf.memory(workspace)) }
      guard let headSingle else { preconditionFailure("a head has memory in one precision") }
      return .single(headSingle.memory(workspace))
    }
  }

  private struct GradientRegions {
    private let stream: MemoryPlan.Region
    private let normalized: MemoryPlan.Region
    private let branch: MemoryPlan.ProductRegion
    /// In single precision `normalized` serves.
    private let attended: MemoryPlan.ProductRegion?
    private let qkv: MemoryPlan.ProductRegion
    private let hidden: MemoryPlan.ProductRegion

    init(
      _ plan: inout MemoryPlan, _ configuration: ModelConfiguration,
      _ precision: ProductPrecision, _ tokens: Int
    ) {
      let width = configuration.embeddingWidth
      stream = plan.reserve(tokens, width)
      normalized = plan.reserve(tokens, width)
      branch = plan.reserve(tokens, width, precision)
      attended = precision == .half ? plan.reserve(tokens, width, precision) : nil
      qkv = plan.reserve(tokens, 3 * width, precision)
      hidden = plan.reserve(tokens, configuration.hiddenWidth, precision)
    }

    func gradients(_ workspace: Workspace) -> Gradients {
      let normalized = workspace.matrix(normalized)
      return Gradients(
        stream: workspace.matrix(stream), branch: workspace.product(branch),
        normalized: normalized,
        attended: attended.map { workspace.product($0) } ?? .single(normalized),
        qkv: workspace.product(qkv), hidden: workspace.product(hidden))
    }
  }
}
