// What is told about training: the numbers, their log line and their names in the metrics.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The training steps since the last report.
package struct StepReport: Sendable, Equatable {
  /// Number of updates made so far, and at the end of the run.
  package var step: Int
  package var totalSteps: Int
  /// Target tokens trained on so far.
  package var tokens: Int
  /// Mean over all target tokens since the last report, in nats.
  package var loss: Double
  /// Before clipping.
  package var gradientNorm: Double
  package var learningRate: Double
  package var rates: ThroughputMeter.Rates
  package var residentBytes: Int
  /// Nil when nobody knows.
  package var remainingSeconds: Double?

  package init(
    step: Int, totalSteps: Int, tokens: Int, loss: Double, gradientNorm: Double,
    learningRate: Double, rates: ThroughputMeter.Rates, residentBytes: Int,
    remainingSeconds: Double?
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.tokens = tokens
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.rates = rates
    self.residentBytes = residentBytes
    self.remainingSeconds = remainingSeconds
  }

  package var perplexity: Double { exp(loss) }

  /// The log line.
  package var line: String {
    (["step \(step)/\(totalSteps)"] + details + [
      "\(NumberText.fixed(rates.stepSeconds * 1e3, 1)) ms",
      "comm \(NumberText.fixed(rates.communicationShare * 100, 0))%",
      "mem \(NumberText.gigabytes(Double(residentBytes)))",
      "eta \(NumberText.duration(seconds: remainingSeconds ?? .nan))",
    ]).joined(separator: " | ")
  }

  /// What a progress bar shows of it, the most important first.
  package var details: [String] {
    [
      "loss \(NumberText.fixed(loss, 4))", "ppl \(NumberText.perplexity(perplexity))",
      "gnorm \(NumberText.fixed(gradientNorm, 2))",
      "lr \(NumberText.scientific(learningRate, 2))",
      "\(NumberText.grouped(rates.tokensPerSecond)) tok/s",
    ]
  }

  package var record: MetricRecord {
    MetricRecord(
      step: step, tokens: tokens,
      metrics: [
        .init("train/loss", loss), .init("train/ppl", perplexity),
        .init("train/grad_norm", gradientNorm), .init("train/lr", learningRate),
        .init("train/tokens_per_s", rates.tokensPerSecond),
        .init("time/step_ms", rates.stepSeconds * 1e3),
        .init("time/comm_pct", rates.communicationShare * 100),
        .init("mem/rss_gb", Double(residentBytes) / 1e9),
      ])
  }
}

/// An evaluation on the validation text.
package struct EvaluationReport: Sendable, Equatable {
  package var step: Int
  package var tokens: Int
  /// Mean over all target tokens, in nats.
  package var loss: Double
  package var bitsPerByte: Double
  /// Whether it is the lowest loss of the run.
  package var isBest: Bool

  package init(step: Int, tokens: Int, loss: Double, bitsPerByte: Double, isBest: Bool) {
    self.step = step
    self.tokens = tokens
    self.loss = loss
    self.bitsPerByte = bitsPerByte
    self.isBest = isBest
  }

  package var perplexity: Double { exp(loss) }

  /// The log line.
  package var line: String {
    ([
      "eval step \(step)", "val \(NumberText.fixed(loss, 2))",
      "ppl \(NumberText.perplexity(perplexity))", "bpb \(NumberText.fixed(bitsPerByte, 2))",
    ] + (isBest ? ["best *"] : [])).joined(separator: " | ")
  }

  package var record: MetricRecord {
    MetricRecord(
      step: step, tokens: tokens,
      metrics: [
        .init("val/loss", loss), .init("val/ppl", perplexity), .init("val/bpb", bitsPerByte),
      ])
  }
}
