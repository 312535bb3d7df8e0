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
    let (time, projected) = (shared.columns, shared.projected)
    norm1.forward(
      kept.input, into: kept.normalized1, mean: kept.mean1, rstd: kept.rstd1, team: team)
    projectIn.forward(kept.normalized1, into: kept.qkv, team: team)
    attention.forward(
      kept.qkv, time: time, into: kept.attended, logSum: kept.logSum,
      scratch: shared.attentionScratch, source: source, team: team)
    projectOut.forward(kept.attended, into: projected, team: team)
    Dropout.addToResidual(
      projected, residual: kept.input, into: kept.middle,
      mask: attentionDropout.mask(source, rowsPerSample: time), team: team)

    norm2.forward(
      kept.middle, into: kept.normalized2, mean: kept.mean2, rstd: kept.rstd2, team: team)
    feedForward.forward(
      kept.normalized2, hidden: kept.hidden, activated: kept.activated, into: projected,
      team: team)
    Dropout.addToResidual(
      projected, residual: kept.middle, into: kept.output,
      mask: feedForwardDropout.mask(source, rowsPerSample: time), team: team)
  }

  /// `gradients.stream` holds the gradient of the block's output, and of its input afterwards.
  func backward(
    _ kept: GPTActivations.Block, _ shared: GPTActivations, _ gradients: GPTActivations.Gradients,
    source: DropoutSource?, team: ThreadTeam
  ) {
    let (time, stream) = (shared.columns, gradients.stream)

    let dFeedForward = branchGradient(
      feedForwardDropout.mask(source, rowsPerSample: time), gradients, team)
    feedForward.backward(
      dFeedForward, x: kept.normalized2, hidden: kept.hidden, activated: kept.activated,
      dHidden: gradients.hidden, into: gradients.normalized, team: team)
    norm2.backward(
      gradients.normalized, x: kept.middle, mean: kept.mean2, rstd: kept.rstd2,
      addingTo: stream, team: team)

    let dProjected = branchGradient(
      attentionDropout.mask(source, rowsPerSample: time), gradients, team)
    projectOut.backward(dProjected, x: kept.attended, into: gradients.normalized, team: team)
    attention.backward(
      gradients.normalized, qkv: kept.qkv, time: time, y: kept.attended, logSum: kept.logSum,
      into: gradients.qkv, scratch: shared.attentionScratch, source: source, team: team)
    projectIn.backward(
      gradients.qkv, x: kept.normalized1, into: gradients.normalized, team: team)
    norm1.backward(
      gradients.normalized, x: kept.input, mean: kept.mean1, rstd: kept.rstd1, addingTo: stream,
      team: team)
  }

  /// The gradient that enters a branch beside the residual stream: the stream's own, dropped alike.
  private func branchGradient(
    _ mask: DropoutMask?, _ gradients: GPTActivations.Gradients, _ team: ThreadTeam
  ) -> Matrix {
    guard let mask else { return gradients.stream }
    Dropout.apply(mask, to: gradients.stream, into: gradients.branch, team: team)
    return gradients.branch
  }
}
