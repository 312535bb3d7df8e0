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

  package func coordinator(finalStep: Int) -> Coordinator {
    Coordinator(
      schedule: LearningRateSchedule(
        learningRate: schedule.learningRate,
        minimumLearningRate: schedule.minimumLearningRate ?? schedule.learningRate / 10,
        warmupSteps: schedule.warmupSteps,
        decaySteps: schedule.decaySteps ?? training.maxSteps),
      finalStep: finalStep, evaluateEvery: training.evaluateEvery,
      saveEvery: checkpoint.saveEvery, gradientClip: optimizer.gradientClip)
  }

  /// The last step: max_steps, or the end of the epochs if that comes first.
  /// - Throws: `CorpusError.tooFewTokens`
  func finalStep(tokenCount: Int) throws -> Int {
    let windows = try WindowSampler(
      tokenCount: tokenCount, windowLength: model.contextLength, seed: 0, order: .permutation)
    guard let epochs = training.epochs else { return training.maxSteps }
    let steps = (epochs * Double(windows.windowCount) / Double(training.batchSize)).rounded(.up)
    return steps < Double(training.maxSteps) ? max(1, Int(steps)) : training.maxSteps
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
          : .adjacent)
    } catch .tooFewTokens(let count, let needed) {
      throw .tooShortValidation(count: count, needed: needed)
    }
  }
}
