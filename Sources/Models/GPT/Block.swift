// A pre-norm transformer block: x + attention(norm(x)), then x + feed-forward(norm(x)).
// Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
import Tensors

struct Block {
  let norm1: LayerNorm
  let projectIn: Linear
  let attention: CausalAttention
  let projectOut: Linear
  let attentionDropout: Dropout
  let norm2: LayerNorm
  let feedForward: FeedForward
  let feedForwardDropout: Dropout

  init(_ views: ParameterViews, layer: Int, _ configuration: ModelConfiguration) {
    func dropout(_ place: Int) -> Dropout {
      Dropout(probability: configuration.dropout, site: 1 + 3 * layer + place)
    }
    norm1 = LayerNorm(views, "h.\(layer).ln_1")
    projectIn = Linear(views, "h.\(layer).attn.c_attn")
    attention = CausalAttention(headCount: configuration.headCount, dropout: dropout(0))
    projectOut = Linear(views, "h.\(layer).attn.c_proj")
    attentionDropout = dropout(1)
    norm2 = LayerNorm(views, "h.\(layer).ln_2")
    feedForward = FeedForward(views, "h.\(layer).mlp", configuration.activation)
    feedForwardDropout = dropout(2)
  }

  /// Reads `kept.input`, writes `kept.output`.
  func forward(
    _ kept: GPTActivations.Block, _ shared: GPTActivations, source: DropoutSource?,
    team: ThreadTeam
  ) {
    let (time, scratch, clock) = (shared.columns, shared.scratch, team.clock)
    let rows = kept.input.rows
    let bytes = 4 * kept.input.rows * kept.input.columns
    clock.measure(.norms, bytes: 2 * bytes) {
      norm1.forward(
        kept.input, into: kept.normalized1, mean: kept.mean1, rstd: kept.rstd1, scratch,
        team: team)
    }
    attend(kept, shared, source: source, team: team)
    clock.measure(.projection, operations: projectOut.operations(rows: rows)) {
      let mask = attentionDropout.mask(source, rowsPerSample: time)
      projectOut.forward(kept.attended, into: shared.projected, scratch, team: team) {
        rows, result, _ in
        Dropout.addToResidual(
          result, rows: rows, residual: kept.input, into: kept.middle, mask: mask)
      }
    }

    clock.measure(.norms, bytes: 2 * bytes) {
      norm2.forward(
        kept.middle, into: kept.normalized2, mean: kept.mean2, rstd: kept.rstd2, scratch,
        team: team)
    }
    clock.measure(.feedForward, operations: feedForward.operations(rows: rows)) {
      let mask = feedForwardDropout.mask(source, rowsPerSample: time)
      feedForward.forward(
        kept.normalized2, hidden: kept.hidden, activated: kept.activated, into: shared.projected,
        scratch, team: team
      ) { rows, result, _ in
        Dropout.addToResidual(
          result, rows: rows, residual: kept.middle, into: kept.output, mask: mask)
      }
    }
  }

  /// From the first norm's output to attention's.
  private func attend(
    _ kept: GPTActivations.Block, _ shared: GPTActivations, source: DropoutSource?,
    team: ThreadTeam
  ) {
    let (rows, time) = (kept.input.rows, shared.columns)
    team.clock.measure(.qkv, operations: projectIn.operations(rows: rows)) {
      projectIn.forward(kept.normalized1, into: kept.qkv, shared.scratch, team: team)
    }
    team.clock.measure(
      .attention, operations: attention.operations(rows: rows, kept.qkv, time: time)
    ) {
      attention.forward(
        kept.qkv, time: time, into: kept.attended, logSum: kept.logSum,
        memory: shared.attention, source: source, team: team)
    }
  }

  /// Brings back what another layer has overwritten since the forward pass.
  func recompute(
    _ what: Recompute, _ kept: GPTActivations.Block, _ shared: GPTActivations,
    source: DropoutSource?, team: ThreadTeam
  ) {
    switch what {
    case .none: break
    case .attention: attend(kept, shared, source: source, team: team)
    case .block: forward(kept, shared, source: source, team: team)
    }
  }

  /// `gradients.stream` holds the gradient of the block's output, and of its input afterwards.
  func backward(
    _ kept: GPTActivations.Block, _ shared: GPTActivations, _ gradients: GPTActivations.Gradients,
    source: DropoutSource?, team: ThreadTeam
  ) {
    let (time, scratch, clock) = (shared.columns, shared.scratch, team.clock)
    let (rows, stream) = (kept.input.rows, gradients.stream)
    // Input and gradient are read, the gradient of the stream is read and written.
    let normBytes = 4 * 4 * stream.rows * stream.columns

    clock.measure(.feedForward, operations: 2 * feedForward.operations(rows: rows)) {
      let dFeedForward = branchGradient(
        feedForwardDropout.mask(source, rowsPerSample: time), gradients, scratch, team)
      feedForward.backward(
        dFeedForward, x: kept.normalized2, hidden: kept.hidden, activated: kept.activated,
        dHidden: gradients.hidden, into: gradients.normalized, scratch, team: team)
    }
    clock.measure(.norms, bytes: normBytes) {
      norm2.backward(
        gradients.normalized, x: kept.middle, mean: kept.mean2, rstd: kept.rstd2,
        addingTo: stream, scratch, team: team)
    }

    clock.measure(.projection, operations: 2 * projectOut.operations(rows: rows)) {
      let dProjected = branchGradient(
        attentionDropout.mask(source, rowsPerSample: time), gradients, scratch, team)
      projectOut.backward(
        dProjected, x: kept.attended, into: gradients.attended, scratch, team: team)
    }
    clock.measure(
      .attention, operations: 2.5 * attention.operations(rows: rows, kept.qkv, time: time)
    ) {
      attention.backward(
        gradients.attended, qkv: kept.qkv, time: time, y: kept.attended, logSum: kept.logSum,
        into: gradients.qkv, memory: shared.attention, source: source, team: team)
    }
    clock.measure(.qkv, operations: 2 * projectIn.operations(rows: rows)) {
      projectIn.backward(
        gradients.qkv, x: kept.normalized1, into: .single(gradients.normalized), scratch,
        team: team)
    }
    clock.measure(.norms, bytes: normBytes) {
      norm1.backward(
        gradients.normalized, x: kept.input, mean: kept.mean1, rstd: kept.rstd1,
        addingTo: stream, scratch, team: team)
    }
  }

  /// The gradient that enters a branch beside the residual stream: the stream's own, dropped alike.
  private func branchGradient(
    _ mask: DropoutMask?, _ gradients: GPTActivations.Gradients, _ scratch: ProductScratch,
    _ team: ThreadTeam
  ) -> ProductMatrix {
    if mask == nil, case .single = gradients.branch { return .single(gradients.stream) }
    Dropout.apply(mask, to: gradients.stream, into: gradients.branch, scratch, team: team)
    return gradients.branch
  }
}
