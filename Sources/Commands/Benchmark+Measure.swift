// Timing of whole training steps.
import Communication
import Models
import Reporting
import Tensors
import Training

extension Benchmark {
  /// Steps before the first that counts: memory is touched and caches fill.
  private static let warmupSteps = 2

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  func measure(_ session: Session) throws -> (FieldReport, PhaseReport) {
    let communicator = session.communicator
    let (model, worker, coordinator) = try communicator.agree { try makeWorker(session) }
    let ceilings = MachineCeilings(model.precision, team: session.team)
    model.initialize(seed: 1, team: session.team)

    var seconds: [Double] = []
    var meter = StepMeter()
    var loss = 0.0
    for step in 1...(Self.warmupSteps + steps) {
      session.team.clock.isRunning = step > Self.warmupSteps
      try communicator.barrier()
      let start = MonotonicClock.seconds()
      let (sums, _) = try worker.step(coordinator.plan(step: step), coordinator, &meter)
      loss = sums.loss
      let slowest = try communicator.maximum([MonotonicClock.seconds() - start])
      if step > Self.warmupSteps { seconds.append(slowest[0]) }
    }
    let median = Self.median(seconds)
    let memory = try communicator.sum([Double(ProcessMemory.current.peakResidentBytes)])
    let ceiling = try communicator.sum([ceilings.operationsPerSecond])[0]
    let mean = seconds.reduce(0, +) / Double(seconds.count)
    let phases = PhaseReport(
      session.team.clock, stepCount: steps, stepSeconds: mean, ceilings)
    let rate = ModelSize(model.configuration).operationsPerToken * Double(batch * sequence) / median
    return (
      FieldReport(
        try description(model, session)
          + [
            .number("step_seconds", median, decimals: 4),
            .number("tokens_per_second", Double(batch * sequence) / median, decimals: 1),
            .number("gflops", rate / 1e9, decimals: 1),
            .number("ceiling_gflops", ceiling / 1e9, decimals: 1),
            .number("ceiling_gigabytes_per_second", ceilings.bytesPerSecond / 1e9, decimals: 1),
            .number("model_flop_utilisation", rate / ceiling, decimals: 3),
            .count("peak_rss_bytes", Int(memory[0])),
          ] + memoryByPurpose(model)
          + [.number("loss", loss, decimals: 4), json ? .list("phases", phases.json) : nil]),
      phases
    )
  }

  private func description(_ model: GPT, _ session: Session) throws -> [FieldReport.Field?] {
    let products =
      model.precision == .half
      ? "own kernels, \(HalfMultiply.best.rawValue)" : try OpenBLAS.load().summary
    return [
      .text("preset", preset),
      .count("parameters", ModelSize(model.configuration).parameterCount),
      .count("batch", batch),
      .count("sequence", sequence),
      .text("precision", (model.precision == .half ? Precision.bf16 : .fp32).rawValue),
      .text("products", products),
      .count("ranks", session.communicator.size),
      .count("threads", session.team.threadCount),
      .count("steps", steps),
    ]
  }

  /// Of one rank.
  private func memoryByPurpose(_ model: GPT) -> [FieldReport.Field?] {
    let buffer = 4 * model.layout.bufferCount
    return [
      .count("parameter_bytes", buffer),
      .count("gradient_bytes", buffer),
      .count("moment_bytes", 2 * buffer),
      .count("packed_weight_bytes", model.packedByteCount),
      .count("activation_bytes", model.activationByteCount),
    ]
  }

  /// - Throws: `ConfigurationError`
  private func makeWorker(_ session: Session) throws -> (GPT, Worker, Coordinator) {
    var resolver = ConfigurationResolver()
    resolver.read(preset: preset, place: "--preset")
    for (key, value, flag) in [
      ("training.batch_size", "\(batch)", "--batch"),
      ("model.n_positions", "\(sequence)", "--sequence"),
      ("model.dropout", "\(dropout)", "--dropout"),
      ("training.precision", precision, "--precision"),
    ] {
      resolver.read(key: key, text: value, flag: flag)
    }
    for setting in settings { resolver.read(setting: setting) }
    let values = try resolver.finish().values
    let vocabularySize =
      values.model.vocabularySize ?? TokenizerChoice.gpt2.knownVocabularySize ?? 0
    let model = GPT(
      values.modelConfiguration(usedVocabularySize: vocabularySize), precision: values.products,
      recompute: values.recompute, trainable: true, team: session.team)
    let random = RandomStream(seed: 1, name: "benchmark")
    let length = sequence
    let worker = try Worker(
      model: model, optimizer: AdamW(model.layout, values.adamW),
      communicator: session.communicator,
      share: values.batchShare(ranks: session.communicator.size), seed: 1, team: session.team,
      samples: { samples in
        func token(_ index: Int) -> Int32 {
          Int32(random.integer(UInt64(index), below: vocabularySize))
        }
        let places = samples.lowerBound * length..<samples.upperBound * length
        return TokenBatch(
          rows: samples.count, columns: length, inputs: places.map { token(2 * $0) },
          targets: places.map { token(2 * $0 + 1) })
      },
      pendingRequest: { .none })
    return (model, worker, values.coordinator(finalStep: .max))
  }
}
