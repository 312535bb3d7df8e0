// What a byte-pair tokenizer does around its merges.

struct BytePairOptions: Sendable, Equatable {
  var pattern = PreTokenizer.Pattern.gpt2
  /// Whether text that does not start with a space gets one.
  var addsPrefixSpace = false
  /// Whether text is brought into Unicode's composed form first.
  var composes = false
  /// The first id beyond the vocabulary of the merges, nil where that has all tokens; from there on
  /// tokens are added only.
  var firstAddedID: Int?
  /// In order of ids.
  var addedTokens: [AddedToken] = []
  /// Ids put before and after a text whose special tokens are read.
  var leading: [Int32] = []
  var trailing: [Int32] = []
  /// The marker between documents, where a model's file says so and no name of a token does.
  var namedEndOfText: Int32?

  /// GPT-2's, with at most the marker between documents beside the merges.
  init(endOfText: Int32? = nil) {
    if let endOfText {
      addedTokens = [AddedToken(id: endOfText, content: SpecialTokenNames.endOfText)]
    }
  }

  /// The marker between documents.
  var endOfText: Int32? { namedEndOfText ?? Self.marker(in: addedTokens) }

  /// Takes the marker that a model's file names. Files also name tokens that their tokenizer never
  /// had (a configuration's default) or that are words: only one beside the merges can be a marker.
  mutating func end(with token: Int?, _ rules: BytePairRules) {
    guard let token, token >= 0, token < rules.tokens.count else { return }
    let id = Int32(token)
    guard addedTokens.contains(where: { $0.id == id }) || rules.isBesideMerges(id) else { return }
    namedEndOfText = id == Self.marker(in: addedTokens) ? nil : id
  }

  static func marker(in tokens: [AddedToken]) -> Int32? {
    for name in SpecialTokenNames.markers {
      if let token = tokens.first(where: { $0.content.elementsEqual(name.utf8) }) {
        return token.id
      }
    }
    return nil
  }

  /// Whether the order in which added tokens are looked for matters. Where it does not, the flag
  /// says nothing, and tokenizers that behave alike should be equal.
  mutating func forgetIdleFlags() {
    guard !composes, Set(addedTokens.map(\.isNormalized)).count == 1 else { return }
    for index in addedTokens.indices { addedTokens[index].isNormalized = false }
  }
}
