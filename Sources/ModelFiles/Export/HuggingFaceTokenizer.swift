// The tokenizer files of a Hugging Face model.
import Models
import Text

struct HuggingFaceTokenizer {
  /// The tokenizer as merges of bytes.
  let merges: BytePairTokenizer
  private let contextLength: Int

  /// - Throws: `ModelFileError.notExpressible` for words.
  init(_ tokenizer: any Tokenizer, contextLength: Int) throws(ModelFileError) {
    self.contextLength = contextLength
    switch tokenizer {
    case let merges as BytePairTokenizer: self.merges = merges
    case let characters as CharacterTokenizer: merges = BytePairTokenizer(spelling: characters)
    default:
      throw .notExpressible(
        format: "a Hugging Face model",
        reason: "its tokens are lower-cased words, which no tokenizer there cuts the same way; "
          + "train with tokenizer.kind bpe or character")
    }
  }

  var endOfText: Int32? { merges.endOfText }

  /// Names and bytes of the files.
  var files: [(name: String, text: [UInt8])] {
    TokenizerSource.files(of: merges) + [
      ("tokenizer_config.json", configurationFile), ("special_tokens_map.json", specialTokensFile),
    ]
  }

  private static let specialNames = ["bos_token", "eos_token", "unk_token"]

  private var marker: String? {
    endOfText.flatMap { id in merges.specialTokens.first { $0.id == id }?.text }
  }

  /// The class GPT2Tokenizer cuts text as GPT-2 does whatever tokenizer.json says; the general one
  /// does what tokenizer.json says.
  private var className: String {
    merges.isGPT2Like && marker != nil ? "GPT2Tokenizer" : "PreTrainedTokenizerFast"
  }

  private var configurationFile: [UInt8] {
    var writer = JSONDocumentWriter(isPretty: true)
    writer.object { writer in
      writer.member("add_prefix_space", false)
      for name in Self.specialNames {
        writer.key(name)
        if let marker { writer.string(marker) } else { writer.null() }
      }
      // Decoded text keeps its spaces before punctuation.
      writer.member("clean_up_tokenization_spaces", false)
      writer.key("model_max_length")
      writer.integer(contextLength)
      writer.member("tokenizer_class", className)
    }
    return writer.text + [UInt8(ascii: "\n")]
  }

  private var specialTokensFile: [UInt8] {
    var writer = JSONDocumentWriter(isPretty: true)
    writer.object { writer in
      guard let marker else { return }
      for name in Self.specialNames { writer.member(name, marker) }
    }
    return writer.text + [UInt8(ascii: "\n")]
  }
}

extension HuggingFaceTokenizer {
  /// The tokenizer of a model's folder: a character tokenizer where that is what its merges spell.
  /// - Parameters:
  ///   - rows: of the model's token embedding.
  ///   - endOfText: the marker between documents that the model's configuration names.
  /// - Throws: `ModelFileError.tokenizer`, `unsupported` for more tokens than the model has rows.
  static func load(folder: String, rows: Int, endOfText: Int?) throws(ModelFileError)
    -> any Tokenizer
  {
    let tokenizer: any Tokenizer
    do throws(TokenizerError) { tokenizer = try TokenizerSource.load(folder) } catch {
      throw .tokenizer(error)
    }
    let merges = tokenizer as? BytePairTokenizer
    if tokenizer.vocabularySize <= rows { return merges?.ending(with: endOfText) ?? tokenizer }
    if let merges,
      let characters = CharacterTokenizer(spelledBy: merges, count: rows)
    {
      return characters
    }
    throw .unsupported(
      path: folder,
      reason: "the tokenizer has \(tokenizer.vocabularySize) tokens, but the model has rows for "
        + "\(rows) only; are they of the same model?")
  }
}
