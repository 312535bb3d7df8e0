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
    let halfIsFast = try communicator.halfIsFast()
    let order = try communicator.coordinate(Order.self) {
      try makeOrder(ranks: communicator.size, halfIsFast: halfIsFast)
    }
    let values = try order.values
    // What the text took, from which the vocabulary came, is none of the steps'.
    ProcessMemory.restartPeak()
    let (model, worker, sharing) = try makeWorker(values, order.vocabularySize, session)
    let coordinator = values.coordinator(finalStep: .max)
    let share = try values.batchShare(ranks: communicator.size)

    var seconds: [Double] = []
    var communication: [Double] = []
    var meter = StepMeter()
    var loss = 0.0
    for step in 1...(Self.warmupSteps + steps) {
      session.team.clock.isEnabled = step > Self.warmupSteps
      try communicator.barrier()
      let start = MonotonicClock.seconds()
      meter.beginStep()
      let (sums, _) = try worker.step(coordinator.plan(step: step), coordinator, &meter)
      meter.endStep(sums)
      loss = sums.loss
      let rates = meter.take().rates
      // The slowest rank's step; the communication of the rank that waits least for others.
      let extremes = try communicator.maximum([
        MonotonicClock.seconds() - start, -rates.communicationShare * rates.stepSeconds,
      ])
      if step > Self.warmupSteps {
        seconds.append(extremes[0])
        communication.append(-extremes[1])
      }
    }
    let median = Self.median(seconds)
    let memory = try communicator.sum([Double(ProcessMemory.peakShareBytes)])
    // After that: measuring takes memory of its own.
    let ceilings = MachineCeilings(model.precision, team: session.team)
    let ceiling = try communicator.sum([ceilings.operationsPerSecond])[0]
    let phases = PhaseReport(session.team.clock, ceilings)
    let tokens = values.training.batchSize * values.model.contextLength
    let rate = ModelSize(model.configuration).operationsPerToken * Double(tokens) / median
    return (
      FieldReport(
        description(model, values, share, sharing, session)
          + [
            .number("step_seconds", median, decimals: 4),
            .number("communication_seconds", Self.median(communication), decimals: 4),
            .number("tokens_per_second", Double(tokens) / median, decimals: 1),
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

  private func description(
    _ model: GPT, _ values: RunConfiguration, _ share: BatchShare, _ sharing: GradientSync,
    _ session: Session
  ) -> [FieldReport.Field?] {
    let kernels =
      model.precision == .half ? HalfMultiply.best.rawValue : PanelMultiply.instructions
    return [
      config.map { .text("config", $0) },
      (preset ?? (config == nil ? Self.standardPreset : nil)).map { .text("preset", $0) },
      .count("parameters", ModelSize(model.configuration).parameterCount),
      .count("batch", values.training.batchSize),
      .count("micro_batch", share.micro),
      .count("sequence", values.model.contextLength),
      .text("precision", (model.precision == .half ? Precision.bf16 : .fp32).rawValue),
      .text("products", kernels),
      .text("gradient_sync", sharing.rawValue),
      .count("ranks", session.communicator.size),
      .count("threads", session.team.threadCount),
      .count("steps", steps),
    ]
  }

  /// Of one rank; several of a node may share parameters and moments.
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

  /// Collective. The way to sum is the one that is possible.
  private func makeWorker(
    _ values: RunConfiguration, _ vocabularySize: Int, _ session: Session
  ) throws -> (GPT, Worker, GradientSync) {
    let shape = values.modelConfiguration(usedVocabularySize: vocabularySize)
    let communicator = session.communicator
    try communicator.agree {
      try MachineMemory.check(
        shape, values.products,
        buffers: values.gradientSync.buffersPerNode(
          nodeSize: communicator.nodeSize, nodesAreEqual: communicator.nodesAreEqual),
        nodeSize: communicator.nodeSize)
    }
    let replica = try Replica(
      count: ParameterLayout.gpt(shape).bufferCount, values.gradientSync, session.communicator,
      team: session.team)
    if let notice = replica.notice { session.warn(notice) }
    let model = GPT(
      shape, precision: values.products, recompute: values.recompute,
      parameters: replica.parameters, gradients: replica.gradients, team: session.team)
    if session.communicator.isCoordinator { model.initialize(seed: 1, team: session.team) }
    try replica.distribute()
    model.parametersDidChange()
    let random = RandomStream(seed: 1, name: "benchmark")
    let length = values.model.contextLength
    let worker = try Worker(
      model: model,
      optimizer: AdamW(
        model.layout, values.adamW, firstMoments: replica.firstMoments,
        secondMoments: replica.secondMoments),
      exchange: replica.exchange, communicator: session.communicator,
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
    return (model, worker, replica.gradientSync)
  }
}
