// Texts in the tokens of a model that is there already.
import Tensors
import Text

/// Turns texts into tokens of one tokenizer.
package struct TrainedText {
  private let tokenizer: any Tokenizer
  private let team: ThreadTeam

  package init(_ tokenizer: any Tokenizer, team: ThreadTeam) {
    self.tokenizer = tokenizer
    self.team = team
  }

  /// The tokens of a text file, of a folder or pattern of them, of a prepared folder's validation
  /// part, or of a token file.
  /// - Throws: `CorpusError`, `TokenizerError`
  package func tokens(at path: String) throws -> TokenSequence {
    if PreparedText.isPrepared(path) {
      let text = try PreparedText(folder: path)
      return try tokens(text.file(of: .validation))
    }
    if path.hasSuffix(Split.fileSuffix) { return try tokens(TokenFile(path: path)) }
    let text = try CorpusBuilder.documents(at: path)
    return try encode(text, documentCount: text.ends.count)
  }

  /// The validation part of a run's data.
  /// - Throws: `CorpusError`, `TokenizerError`
  package func validation(
    _ data: RunConfiguration.Data, environment: [String: String]
  ) throws -> (name: String, fingerprint: String, tokens: TokenSequence) {
    let dataset = try Dataset(data.dataset)
    if case .prepared(let folder) = dataset {
      let text = try PreparedText(folder: folder)
      return (folder, text.fingerprint, try tokens(text.file(of: .validation)))
    }
    let corpus = try CorpusBuilder(environment: environment)
      .build(dataset, validation: data.validation)
    return (
      corpus.description.name, corpus.description.fingerprint,
      try encode(corpus.validation, documentCount: corpus.documentCount)
    )
  }

  /// - Parameter documentCount: of the whole corpus: where there is one only, nothing marks its end.
  /// - Throws: `TokenizerError`
  package func encode(_ text: DocumentText, documentCount: Int) throws -> TokenSequence {
    let encoder = SegmentEncoder(
      tokenizer, DocumentSeparator(tokenizer, documentCount: documentCount))
    return TokenSequence(
      try encoder.encode(Segment(text), spread: team.spread),
      vocabularySize: tokenizer.vocabularySize)
  }

  private func tokens(_ file: TokenFile) throws -> TokenSequence {
    try file.checkTokenizer(tokenizer, name: "the model's")
    return TokenSequence(file)
  }
}

extension ThreadTeam {
  /// Runs numbered tasks, as the text room wants it.
  package var spread: Spread {
    { count, body in self.run(count) { task, _ in body(task) } }
  }
}
