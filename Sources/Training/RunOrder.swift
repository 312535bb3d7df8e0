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
  /// Where the run begins.
  var progress: TrainingProgress

  var end: RunEnd { RunEnd(step: finalStep, limit: limit) }

  /// Whether there is nothing left to do.
  var isDone: Bool { progress.step >= finalStep && !progress.owesEvaluation }
}
