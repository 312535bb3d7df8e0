// The names inside a checkpoint file: a contract that other people's tools rely on.

/// Version 1:
/// ```
/// /                       attributes format, format_version
/// /model/<name>           float32, shape of the parameter
/// /optimizer/m/<name>     float32, the same shape
/// /optimizer/v/<name>     float32, the same shape
/// /training/…             step, tokens, seed: single values; where there is something to say,
///                         best_loss and best_step; unreported_loss and unreported_tokens, the sum
///                         of the losses since the last row of the log; owes_evaluation, a 1
/// /config /tokenizer /provenance   JSON texts, UTF-8
/// ```
/// An imported model, at step 0, may lack /optimizer. Every dataset has an attribute `crc32c` over
/// its bytes in the file.
enum CheckpointFormat {
  static let name = "trainer checkpoint"
  static let version: Int64 = 1

  static let nameAttribute = "format"
  static let versionAttribute = "format_version"

  static let parameters = "/model"
  static let optimizer = "/optimizer"
  static let firstMoments = "/optimizer/m"
  static let secondMoments = "/optimizer/v"

  static let training = "/training"
  static let step = "/training/step"
  static let tokens = "/training/tokens"
  static let seed = "/training/seed"
  static let bestLoss = "/training/best_loss"
  static let bestStep = "/training/best_step"
  static let unreportedLoss = "/training/unreported_loss"
  static let unreportedTokens = "/training/unreported_tokens"
  static let owesEvaluation = "/training/owes_evaluation"

  static let configuration = "/config"
  static let tokenizer = "/tokenizer"
  static let provenance = "/provenance"
}
