// The tokenizer that a tokenizer.json describes: its vocabulary, merges and added tokens.

extension HuggingFaceReader {
  /// Throws `malformedFile`, for what is damaged and for what is not supported.
  func tokenizer() throws(TokenizerError) -> BytePairTokenizer {
    try checkModel()
    var options = BytePairOptions()
    try readNormalizer(into: &options)
    try readPreTokenizer(into: &options)
    try checkDecoder()
    var vocabulary = try orderedVocabulary()
    let own = vocabulary.tokens.count
    try addTokens(to: &vocabulary, options: &options)
    if vocabulary.tokens.count > own { options.firstAddedID = own }
    try readPostProcessor(into: &options, vocabularySize: vocabulary.tokens.count)
    var rules = try rules(of: vocabulary)
    rules.takesWholePieces = settings["ignore_merges"]?.value.flag ?? false
    return BytePairTokenizer(rules: rules, options: options)
  }

  private func checkModel() throws(TokenizerError) {
    if let dropout = settings["dropout"], dropout.value != .null, dropout.value != .number("0.0") {
      throw reader.fault(
        "merges with dropout are not supported; set it to null", at: dropout.offset)
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      guard let affix = settings[name], affix.value != .null, affix.value != .string("") else {
        continue
      }
      throw reader.fault(
        "\(name) belongs to merges of characters; only merges of bytes can be read",
        at: affix.offset)
    }
  }

  /// The tokens in order of their ids, with gaps where the file has gaps.
  struct Vocabulary {
    var tokens = TokenTable()
    var spellings: [TokenSpelling] = []
    /// Where a token stands in the file, 0 for the tokens of gaps.
    var offsets: [Int] = []
  }

  private func orderedVocabulary() throws(TokenizerError) -> Vocabulary {
    let count = 1 + (ids.map(\.value).max() ?? 0)
    var entries = [Int32](repeating: -1, count: count)
    for (entry, id) in ids.enumerated() {
      guard entries[id.value] < 0 else {
        throw reader.fault("a second token with id \(id.value)", at: id.offset)
      }
      entries[id.value] = Int32(entry)
    }
    var vocabulary = Vocabulary()
    for entry in entries {
      guard entry >= 0 else {
        vocabulary.tokens.append([])
        vocabulary.spellings.append(.absent)
        vocabulary.offsets.append(0)
        continue
      }
      if let bytes = try? ByteAlphabet.bytes(of: keys[entry]), !bytes.isEmpty {
        vocabulary.tokens.append(bytes)
        vocabulary.spellings.append(.bytes)
      } else {
        vocabulary.tokens.append(keys[entry])
        vocabulary.spellings.append(.literal)
      }
      vocabulary.offsets.append(ids[Int(entry)].offset)
    }
    return vocabulary
  }

  /// Ids are given as the library gives them, whatever the file says: that of the vocabulary, else
  /// the next beyond the number of its entries and of the added tokens so far.
  private func addTokens(
    to vocabulary: inout Vocabulary, options: inout BytePairOptions
  ) throws(TokenizerError) {
    var index = TokenIndex(count: keys.count)
    for entry in 0..<Int32(keys.count) { _ = index.insert(entry, of: keys) }
    var next = keys.count
    var found: [AddedToken] = []
    var places: [[UInt8]: Int] = [:]
    for located in addedTokens {
      let node = located.value
      guard let text = node["content"]?.text else {
        throw reader.fault("an added token without content", at: located.offset)
      }
      let content = Array(text.utf8)
      if content.isEmpty { continue }
      let id: Int
      if let place = places[content] {
        id = Int(found[place].id)
      } else if let entry = index.token(of: content.span, in: keys) {
        id = ids[Int(entry)].value
      } else {
        id = next
        next += 1
        try append(content, id: id, to: &vocabulary, at: located.offset)
      }
      let token = AddedToken(
        id: Int32(id), content: content, isSpecial: node["special"]?.flag ?? false,
        isSingleWord: node["single_word"]?.flag ?? false,
        stripsLeft: node["lstrip"]?.flag ?? false, stripsRight: node["rstrip"]?.flag ?? false,
        isNormalized: node["normalized"]?.flag ?? true)
      // Named twice, the last counts.
      if let place = places[content] {
        found[place] = token
      } else {
        places[content] = found.count
        found.append(token)
      }
    }
    options.addedTokens = found.sorted { $0.id < $1.id }
  }

  private func append(
    _ content: [UInt8], id: Int, to vocabulary: inout Vocabulary, at offset: Int
  ) throws(TokenizerError) {
    guard id == vocabulary.tokens.count else {
      throw reader.fault(
        "the vocabulary has \(keys.count) tokens but ids up to \(vocabulary.tokens.count - 1), so "
          + "that the added token '\(String(decoding: content, as: UTF8.self))' would get id \(id), "
          + "which is not free; give the tokens ids without a gap", at: offset)
    }
    vocabulary.tokens.append(content)
    vocabulary.spellings.append(.literal)
    vocabulary.offsets.append(offset)
  }

  private func rules(of vocabulary: Vocabulary) throws(TokenizerError) -> BytePairRules {
    var rules: BytePairRules
    do throws(BytePairFault) {
      rules = try BytePairRules(
        tokens: vocabulary.tokens, spellings: vocabulary.spellings, mergeCount: mergeOffsets.count)
    } catch {
      throw reader.fault(
        error.reason, at: error.token.map { vocabulary.offsets[Int($0)] } ?? ids[0].offset)
    }
    for (merge, offset) in mergeOffsets.enumerated() {
      do throws(BytePairFault) {
        try rules.addMerge(mergeParts[Int32(2 * merge)], mergeParts[Int32(2 * merge + 1)])
      } catch { throw reader.fault(error.reason, at: offset) }
    }
    return rules
  }
}
