// The two files of GPT-2: one with the merges, one with the ids.

extension BytePairTokenizer {
  /// Reads `vocab.bpe` and `encoder.json`, or `merges.txt` and `vocab.json`, which have the same
  /// form. Tokens that no merge makes must be named like special tokens (`<s>`, `[PAD]`), and are
  /// taken for them: the files do not say.
  ///
  /// Throws `unreadableFile` and `malformedFile`.
  package convenience init(
    mergesPath: String, vocabularyPath: String
  ) throws(TokenizerError) {
    try self.init(
      merges: TokenizerSource.contents(of: mergesPath), mergesPath: mergesPath,
      vocabulary: TokenizerSource.contents(of: vocabularyPath), vocabularyPath: vocabularyPath)
  }

  /// Both files from memory; the paths name them in errors.
  ///
  /// Throws `malformedFile` where a file is truncated or damaged, or they do not belong together.
  package convenience init(
    merges: [UInt8], mergesPath: String, vocabulary: [UInt8], vocabularyPath: String
  ) throws(TokenizerError) {
    let entries = try VocabularyFile(vocabulary, path: vocabularyPath)
    let newline = UInt8(ascii: "\n")
    var lines = merges.split(separator: newline, omittingEmptySubsequences: false)[...]
    if lines.last?.isEmpty == true { lines.removeLast() }
    // No token is written with the carriage return itself: it comes from an editor of Windows.
    let carriageReturn = UInt8(ascii: "\r")
    lines = lines.map { $0.last == carriageReturn ? $0.dropLast() : $0 }[...]
    func fault(_ reason: String, line: Int) -> TokenizerError {
      .malformedFile(
        path: mergesPath, position: TextPosition(line: line, column: 1), reason: reason)
    }
    guard let head = lines.popFirst(), head.starts(with: "#version".utf8) else {
      throw fault("the first line of a list of merges starts with #version", line: 1)
    }
    var rules = try entries.rules(mergeCount: lines.count)
    for (index, line) in zip(lines.indices, lines) {
      do throws(BytePairFault) { try rules.addOrderedMerge(line) } catch {
        throw fault(error.reason, line: index + 1)
      }
    }
    var options = BytePairOptions()
    do throws(BytePairFault) {
      options.addedTokens = try rules.unmadeTokens(allowing: SpecialTokenNames.looksSpecial)
        .map { AddedToken(id: $0, content: Array(rules.tokens[$0])) }
    } catch {
      throw fault("\(error.reason) (ids are those of \(vocabularyPath))", line: lines.endIndex)
    }
    self.init(rules: rules, options: options)
  }
}

/// The entries of `encoder.json`, an object of tokens and ids.
private struct VocabularyFile {
  private let reader: JSONReader
  private var tokens = TokenTable()
  /// Where the token with an id stands in the file.
  private var offsets: [Int] = []

  init(_ text: [UInt8], path: String) throws(TokenizerError) {
    var entries = TokenTable()
    var ids: [(id: Int, offset: Int)] = []
    var reader = JSONReader(text, path: path)
    var key: [UInt8] = []
    try reader.object { (reader) throws(TokenizerError) in
      let offset = reader.offset
      key.removeAll(keepingCapacity: true)
      try reader.string(into: &key)
      try reader.punctuation(UInt8(ascii: ":"))
      do throws(BytePairFault) { entries.append(try ByteAlphabet.bytes(of: key)) } catch {
        throw reader.fault(error.reason, at: offset)
      }
      ids.append((try reader.integer(), offset))
    }
    try reader.end()
    self.reader = reader
    try order(entries, by: ids)
  }

  /// Fills `tokens` and `offsets`, for which the ids must be 0, 1, 2, … in any order.
  private mutating func order(
    _ entries: TokenTable, by ids: [(id: Int, offset: Int)]
  ) throws(TokenizerError) {
    var entryOfID = [Int32](repeating: -1, count: ids.count)
    for (entry, (id, offset)) in ids.enumerated() {
      guard id < ids.count else {
        throw reader.fault(
          "id \(id) in a vocabulary of \(ids.count) tokens; ids run from 0 without a gap",
          at: offset)
      }
      guard entryOfID[id] < 0 else {
        throw reader.fault("a second token with id \(id)", at: offset)
      }
      entryOfID[id] = Int32(entry)
    }
    for entry in entryOfID {
      tokens.append(entries[entry])
      offsets.append(ids[Int(entry)].offset)
    }
  }

  func rules(mergeCount: Int) throws(TokenizerError) -> BytePairRules {
    do throws(BytePairFault) {
      return try BytePairRules(tokens: tokens, mergeCount: mergeCount)
    } catch {
      throw reader.fault(error.reason, at: error.token.map { offsets[Int($0)] } ?? 0)
    }
  }
}
