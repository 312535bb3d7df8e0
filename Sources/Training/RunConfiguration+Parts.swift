// The parts of a run that a configuration describes.
import Models
import Tensors
import Text

extension RunConfiguration {
  /// - Parameter usedVocabularySize: tokens of the tokenizer; rows beyond are padding.
  package func modelConfiguration(usedVocabularySize: Int) -> ModelConfiguration {
    ModelConfiguration(
      layerCount: model.layerCount, headCount: model.headCount,
      embeddingWidth: model.embeddingWidth, contextLength: model.contextLength,
      vocabularySize: model.vocabularySize ?? usedVocabularySize,
      usedVocabularySize: usedVocabularySize, dropout: Float(model.dropout), bias: model.bias,
      activation: ModelConfiguration.Activation(rawValue: model.activation) ?? .geluTanh,
      tiedEmbeddings: model.tiedEmbeddings, headBias: model.headBias)
  }

  /// What the model multiplies in.
  package var products: ProductPrecision {
    (Precision(rawValue: training.precision) ?? .auto).products
  }

  package var recompute: Recompute { Recompute(rawValue: training.recompute) ?? .none }

  package var adamW: AdamW.Settings {
    AdamW.Settings(
      beta1: Float(optimizer.beta1), beta2: Float(optimizer.beta2),
      epsilon: Float(optimizer.epsilon), weightDecay: Float(optimizer.weightDecay))
  }

  package var gradientSync: GradientSync {
    GradientSync(rawValue: training.gradientSync) ?? .allreduce
  }

  private var learningRates: LearningRateSchedule {
    LearningRateSchedule(
      learningRate: schedule.learningRate,
      minimumLearningRate: schedule.minimumLearningRate ?? schedule.learningRate / 10,
      warmupSteps: schedule.warmupSteps,
      decaySteps: schedule.decaySteps ?? training.maxSteps)
  }

  /// What is wrong with a warm-up that outlasts the run or the decay.
  func scheduleWarning(finalStep: Int) -> String? {
    let rates = learningRates
    let last = min(finalStep, rates.decaySteps)
    if rates.warmupSteps < last { return nil }
    let share = 100 * rates.rate(atStep: last) / rates.learningRate
    return "schedule.warmup_steps: \(rates.warmupSteps) outlast "
      + (last == finalStep ? "the run" : "the decay")
      + ": the learning rate only reaches \(Int(share.rounded())) % of what is set"
  }

  package func coordinator(finalStep: Int) -> Coordinator {
    Coordinator(
      schedule: learningRates,
      finalStep: finalStep, evaluateEvery: training.evaluateEvery,
      saveEvery: checkpoint.saveEvery, gradientClip: optimizer.gradientClip,
      timeLimit: training.maxTime.flatMap(TimeText.seconds))
  }

  /// The windows that are trained on.
  /// - Throws: `CorpusError`
  func windowSampler(_ tokens: TokenSequence) throws(CorpusError) -> WindowSampler {
    try WindowSampler(
      tokens, windowLength: model.contextLength, stride: windowStride,
      documents: documents, seed: UInt64(training.seed),
      order: WindowSampler.Order(rawValue: data.window) ?? .permutation)
  }

  private var documents: WindowLayout.Documents {
    WindowLayout.Documents(rawValue: data.documents) ?? .join
  }

  /// Whether no window spans documents.
  package var padsDocuments: Bool { documents == .pad }

  /// Tokens between the starts of windows.
  private var windowStride: Int? {
    data.stride.map { $0 < 1 ? max(1, Int($0 * Double(model.contextLength))) : Int($0) }
  }

  /// The last step, and the limit that sets it: the one that comes first.
  /// - Throws: `CorpusError`
  func end(_ tokens: TokenSequence) throws -> RunEnd {
    let windows = try windowSampler(tokens)
    var end = RunEnd(step: training.maxSteps, limit: .steps)
    func consider(_ steps: Double, _ limit: RunEnd.Limit) {
      if steps < Double(end.step) { end = RunEnd(step: max(1, Int(steps)), limit: limit) }
    }
    if let epochs = training.epochs {
      let samples = epochs * Double(windows.windowCount)
      consider((samples / Double(training.batchSize)).rounded(.up), .epochs)
    }
    if let tokens = training.maxTokens {
      let perStep = Double(training.batchSize) * Double(model.contextLength)
      consider((Double(tokens) / perStep).rounded(.up), .tokens)
    }
    return end
  }

  /// The windows of a validation text that `evaluate_protocol` asks for.
  func evaluationWindows(_ tokens: TokenSequence) throws(CorpusError) -> EvaluationWindows {
    let isRandom = training.evaluateProtocol == EvaluationProtocol.random.rawValue
    do {
      return try EvaluationWindows(
        tokens: tokens, windowLength: model.contextLength,
        layout: isRandom
          ? .random(
            count: training.evaluateBatches * training.batchSize, seed: UInt64(training.seed))
          : padsDocuments ? .documents : .adjacent)
    } catch .tooFewTokens(let count, let needed) {
      throw .tooShortValidation(count: count, needed: needed)
    }
  }
}
