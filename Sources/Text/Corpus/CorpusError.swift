// What can go wrong between a dataset's name and its token windows.

package enum CorpusError: Error, Equatable {
  /// `data.dataset` is neither a known name nor a path.
  case unknownDataset(name: String, known: [String])
  case missingFile(path: String)
  case isDirectory(path: String)
  /// The system refused to write the file.
  case unwritable(path: String, reason: String)
  /// A token file that is foreign, truncated or damaged.
  case badTokenFile(path: String, reason: String)
  /// A token file that another tokenizer made.
  case otherTokenizer(path: String, reason: String)
  /// A token that the vocabulary does not have.
  case tokenOutOfRange(path: String, index: Int, token: Int, vocabularySize: Int)
  /// The system refused to open or read the file.
  case unreadableFile(path: String, reason: String)
  case emptyFile(path: String)
  /// Characters that the tokenizer of a model lacks; the most frequent ones as people read them.
  case inexpressible(name: String, count: Int, kinds: Int, most: [String])
  /// A folder without a file that looks like text.
  case emptyFolder(path: String, suffixes: [String])
  /// A line that is no document; found at a byte offset, told by its number.
  case badLine(path: String, offset: Int, line: Int?, reason: String)
  /// `offset` counts bytes from the start of the file.
  case invalidUTF8(path: String, offset: Int)
  /// A published file that is neither in the cache nor to be had from the network.
  case unavailable(name: String, reason: String, cachePath: String, url: String)
  case validationFraction(Double)
  /// One of the two parts of the split holds nothing.
  case emptySplit(characters: Int, fraction: Double)
  case tooFewTokens(count: Int, needed: Int)
  /// The text trains, but nothing can be measured on its validation part.
  case tooShortValidation(count: Int, needed: Int)
  case stride(Int, windowLength: Int)
  /// Bytes that should hold a `TokenSequence` do not.
  case malformedTokens(reason: String)
}

extension CorpusError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownDataset(let name, let known):
      "data.dataset: \"\(name)\" is neither a dataset (\(known.joined(separator: ", "))) "
        + "nor the path of a text file"
    case .missingFile(let path):
      "\(path): no such file; check the path"
    case .isDirectory(let path):
      "\(path): is a folder; name a text file"
    case .unreadableFile(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .badTokenFile(let path, let reason), .otherTokenizer(let path, let reason):
      "\(path): \(reason)"
    case .tokenOutOfRange(let path, let index, let token, let vocabularySize):
      "\(path): token \(index) is \(token), but the vocabulary has \(vocabularySize); "
        + "these are tokens of another tokenizer, or damaged"
    case .emptyFile(let path):
      "\(path): holds no text"
    case .inexpressible(let name, let count, let kinds, let most):
      "\(name): the model's tokenizer lacks \(kinds) of its characters, \(count) in all: "
        + most.joined(separator: ", ") + (kinds > most.count ? ", …" : "")
        + "; replace them, or train a new model"
    case .emptyFolder(let path, let suffixes):
      "\(path): there is no text file in this folder; names end in "
        + "\(suffixes.joined(separator: ", ")), or in one of these and .gz"
    case .badLine(let path, let offset, let line, let reason):
      "\(path):\(line.map(String.init) ?? "byte \(offset)"): \(reason)"
    case .invalidUTF8(let path, let offset):
      "\(path): not valid UTF-8 at byte \(offset); convert it, for example with iconv, or "
        + "use trainer data prepare --replace-invalid"
    case .unavailable(let name, let reason, let cachePath, let url):
      "\(name) is not available: \(reason); put \(url) at \(cachePath)"
    case .validationFraction(let fraction):
      "data.validation: \(fraction) is not a fraction between 0 and 1"
    case .emptySplit(let characters, let fraction):
      "data.validation: \(characters) characters cannot be split at \(fraction); "
        + "both parts need at least one"
    case .tooFewTokens(let count, let needed):
      "the text has \(Self.tokens(count)), but one window needs \(needed); "
        + "use more text or a shorter model.n_positions"
    case .tooShortValidation(let count, let needed):
      "the validation text has \(Self.tokens(count)), but an evaluation needs \(needed); "
        + "use more text or a larger data.validation"
    case .stride(let stride, let windowLength):
      "stride \(stride) is out of range; it takes 1 to \(windowLength), the window's length"
    case .malformedTokens(let reason):
      "tokens cannot be decoded: \(reason)"
    }
  }

  private static func tokens(_ count: Int) -> String { count == 1 ? "1 token" : "\(count) tokens" }
}
