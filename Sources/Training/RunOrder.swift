// What the coordinator finds out before a run and tells every rank.
import ModelFiles

/// Everything that ranks need to take part in a run, besides the tokens.
struct RunOrder: Codable {
  /// JSON of the resolved configuration.
  var configuration: String
  var usedVocabularySize: Int
  var bytesPerToken: [Double]
  var finalStep: Int
  /// What makes it the final one.
  var limit: RunEnd.Limit
  var step: Int
  var tokens: Int
  var bestLoss: Double?
  var bestStep: Int?

  var end: RunEnd { RunEnd(step: finalStep, limit: limit) }

  var progress: TrainingProgress {
    get throws {
      let best = bestLoss.flatMap { loss in bestStep.map { (loss, $0) } }
      let seed = try RunConfiguration(json: configuration, path: "configuration").training.seed
      return TrainingProgress(
        step: step, tokens: tokens, seed: UInt64(seed),
        best: best.map { .init(loss: $0.0, step: $0.1) })
    }
  }
}
