// Making a tokenizer from text that is read as it is needed.
import Text

package enum TokenizerMaking {
  /// From the training text; the characters of a character tokenizer from all text, so that none is
  /// unknown.
  /// - Parameter read: hands over a split's text, part after part.
  /// - Throws: `TokenizerError`
  package static func make(
    _ settings: TokenizerSettings, documentCount: Int,
    _ read: (_ split: Split, _ chunk: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws -> any Tokenizer {
    var trainer = try settings.trainer()
    for split in settings.kind == .character ? Split.allCases : [.training] {
      try read(split) { try trainer.add($0) }
    }
    // Documents are joined by line breaks where there is no token for it.
    if settings.kind == .character && documentCount > 1 { try trainer.add([UInt8(ascii: "\n")]) }
    return try trainer.finish()
  }
}
