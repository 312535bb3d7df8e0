// What an exported model and its original are compared on.
import FoundationEssentials
import Text
import Training

/// The beginning of the text that a run was evaluated on; of built-in stories for an imported model.
struct ProofText {
  private(set) var bytes: [UInt8] = []
  private(set) var tokens: [Int32] = []
  /// Why there is no text, for people; the model then writes one.
  private(set) var reason: String?

  /// Enough for `ExportProof.longestText` tokens of any tokenizer that knows words.
  private static let longest = 16 << 10
  private static let replacement = "the models are compared on a text that the model writes"

  init(of trained: TrainedModel) {
    do {
      bytes = try Self.text(of: trained)
      tokens = try trained.tokenizer.encode(bytes)
    } catch {
      bytes = []
      reason = "\(error); \(Self.replacement)"
    }
  }

  /// - Throws: `CorpusError`
  private static func text(of trained: TrainedModel) throws -> [UInt8] {
    let data = trained.configuration.data
    // A model that was trained elsewhere has no text of its own.
    let dataset: Dataset =
      try trained.provenance.importedFrom == nil ? Dataset(data.dataset) : .stories(.english)
    if case .prepared(let folder) = dataset {
      let tokens = TokenSequence(try PreparedText(folder: folder).file(of: .validation))
      var first = [Int32](repeating: 0, count: min(tokens.count, ExportProof.longestText))
      try tokens.copy(0..<first.count, into: &first, at: 0)
      return trained.tokenizer.decode(first.filter { $0 != trained.tokenizer.endOfText })
    }
    // An export must not wait for a network.
    let environment = ProcessInfo.processInfo.environment
      .merging([PublishedFile.offlineVariable: "1"]) { $1 }
    let corpus = try CorpusBuilder(environment: environment)
      .build(dataset, validation: data.validation)
    let text = corpus.validation.bytes
    var end = min(text.count, longest)
    // Not within a character.
    while end > 0, end < text.count, text[end] & 0xc0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }
}
