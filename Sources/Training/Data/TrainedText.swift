// Texts in the tokens of a model that is there already.
import Tensors
import Text

/// Turns texts into tokens of one tokenizer.
package struct TrainedText {
  private let tokenizer: any Tokenizer
  private let spread: Spread

  /// - Parameter spread: runs the tokenizer on several threads.
  package init(_ tokenizer: any Tokenizer, spread: @escaping Spread) {
    self.tokenizer = tokenizer
    self.spread = spread
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
    do {
      return try encode(text, documentCount: text.ends.count)
    } catch let error as TokenizerError {
      // Only of a single document is a place in the text one in the file.
      if text.ends.count > 1 { try tokenizer.checkExpressible([text.bytes], name: path) }
      throw TokenizerError.inText(name: path, error)
    }
  }

  /// A run's data.
  /// - Throws: `CorpusError`, `TokenizerError`
  package func text(
    _ data: RunConfiguration.Data, environment: [String: String]
  ) throws -> RunText {
    let dataset = try Dataset(data.dataset)
    if case .prepared(let folder) = dataset {
      let text = try PreparedText(folder: folder)
      return RunText(
        training: try tokens(text.file(of: .training)),
        validation: try tokens(text.file(of: .validation)), tokenizer: tokenizer,
        corpus: text.description)
    }
    let corpus = try CorpusBuilder(environment: environment)
      .build(dataset, validation: data.validation)
    return try text(corpus)
  }

  /// - Throws: `CorpusError.inexpressible`, `TokenizerError`
  package func text(_ corpus: Corpus) throws -> RunText {
    do {
      return RunText(
        training: try encode(corpus.training, documentCount: corpus.documentCount),
        validation: try encode(corpus.validation, documentCount: corpus.documentCount),
        tokenizer: tokenizer, corpus: corpus.description)
    } catch let error as TokenizerError {
      // A place in a part of the text would be none in the file.
      try corpus.checkExpressible(by: tokenizer)
      throw TokenizerError.inText(name: corpus.description.name, error)
    }
  }

  /// - Parameter documentCount: of the whole corpus: where there is one only, nothing marks its end.
  /// - Throws: `TokenizerError`
  package func encode(_ text: DocumentText, documentCount: Int) throws -> TokenSequence {
    let encoder = SegmentEncoder(
      tokenizer, DocumentSeparator(tokenizer, documentCount: documentCount))
    return TokenSequence(
      try encoder.encode(Segment(text), spread: spread),
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
