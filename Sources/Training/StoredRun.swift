// What a checkpoint says of the run that wrote it.
import ModelFiles
import Text

/// Configuration, tokenizer and provenance of a checkpoint. The checksums have shown that they are
/// what was written; here they must also make sense, on their own and together.
package struct StoredRun {
  package let configuration: RunConfiguration
  package let tokenizer: any Tokenizer
  package let provenance: Provenance

  /// - Throws: `CheckpointError`, `damaged` for a text that no trainer writes.
  package init(_ reader: CheckpointReader) throws(CheckpointError) {
    let texts = (
      configuration: try reader.configuration(), tokenizer: try reader.tokenizer(),
      provenance: try reader.provenance()
    )
    configuration = try Self.decode("/config", reader) {
      try RunConfiguration(json: texts.configuration, path: reader.path)
    }
    tokenizer = try Self.decode("/tokenizer", reader) {
      try TokenizerFile.tokenizer(from: texts.tokenizer, path: reader.path)
    }
    provenance = try Self.decode("/provenance", reader) { try Provenance(json: texts.provenance) }
    if let rows = configuration.model.vocabularySize, rows < tokenizer.vocabularySize {
      throw .damaged(
        path: reader.path, part: "/config",
        reason: "\(rows) rows of vocabulary do not hold the \(tokenizer.vocabularySize) tokens of "
          + "its tokenizer")
    }
  }

  private static func decode<Value>(
    _ part: String, _ reader: CheckpointReader, _ work: () throws -> Value
  ) throws(CheckpointError) -> Value {
    do {
      return try work()
    } catch let error as ConfigurationError {
      throw .damaged(
        path: reader.path, part: part,
        reason: "\(error)".replacing("\(reader.path): ", with: "").replacing("\n", with: "; "))
    } catch let error as TokenizerError {
      throw .damaged(
        path: reader.path, part: part, reason: "\(error)".replacing("\(reader.path): ", with: ""))
    } catch {
      throw .damaged(
        path: reader.path, part: part, reason: "it is not the JSON that trainer writes")
    }
  }
}
