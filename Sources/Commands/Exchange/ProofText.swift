// The text on which an exported model is compared with its original.
import FoundationEssentials
import Tensors
import Text
import Training

/// Tokens of the validation text where that is at hand; else the model writes the text itself.
struct ProofText {
  /// Empty where the model writes.
  let tokens: [Int32]
  /// For people.
  let name: String

  init(_ trained: TrainedModel, _ team: ThreadTeam) {
    // Nobody waits for a download to export a model.
    let environment = ProcessInfo.processInfo.environment
      .merging([PublishedFile.offlineVariable: "1"]) { $1 }
    guard trained.provenance.importedFrom == nil,
      let text = try? TrainedText(trained.tokenizer, spread: team.spread)
        .text(trained.configuration.data, environment: environment),
      let tokens = try? text.validation.first(ExportProof.longestText)
    else {
      tokens = []
      name = "its own text"
      return
    }
    self.tokens = tokens
    name = "\(text.corpus.name), validation"
  }
}

extension TokenSequence {
  /// - Throws: `CorpusError.tokenOutOfRange` for a damaged file.
  fileprivate func first(_ limit: Int) throws(CorpusError) -> [Int32] {
    var tokens = [Int32](repeating: 0, count: min(count, limit))
    try copy(0..<tokens.count, into: &tokens, at: 0)
    return tokens
  }
}
