// A byte-pair vocabulary as plain lists, which is how files for inference keep it.

/// Tokens by id and merges by rank, as files write them.
package struct WrittenVocabulary: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Spelled in GPT-2's alphabet of bytes.
    case text
    /// A special token, as it is written in a text.
    case mark
    /// A token that is read from every text, as it is written there.
    case addedText
    /// An id that no token has; its name means nothing.
    case unused
  }

  /// UTF-8, by id.
  package var tokens: [[UInt8]]
  /// Of each token.
  package var kinds: [Kind]
  /// Two tokens of text with a space between them.
  package var merges: [[UInt8]]
  package var pattern: PreTokenizer.Pattern
  /// Whether a piece that is a token as a whole becomes that token whatever the merges say.
  package var takesWholePieces: Bool
  /// The marker between documents, where the file names one.
  package var endOfText: Int?

  package init(
    tokens: [[UInt8]], kinds: [Kind], merges: [[UInt8]], pattern: PreTokenizer.Pattern,
    takesWholePieces: Bool, endOfText: Int? = nil
  ) {
    precondition(tokens.count == kinds.count, "every token is of some kind")
    self.tokens = tokens
    self.kinds = kinds
    self.merges = merges
    self.pattern = pattern
    self.takesWholePieces = takesWholePieces
    self.endOfText = endOfText
  }

  /// Special tokens are named so: `<|endoftext|>`, `</s>`, `[PAD]`.
  package static func looksSpecial(_ token: [UInt8]) -> Bool {
    SpecialTokenNames.looksSpecial(token)
  }
}

extension BytePairTokenizer {
  package var written: WrittenVocabulary {
    var tokens: [[UInt8]] = []
    var kinds: [WrittenVocabulary.Kind] = []
    for token in 0..<Int32(vocabularySize) {
      let isAbsent = rules.spellings[Int(token)] == .absent
      tokens.append(isAbsent ? Array("[PAD\(token)]".utf8) : rules.written(token))
      kinds.append(isAbsent ? .unused : .text)
    }
    for added in options.addedTokens {
      tokens[Int(added.id)] = added.content
      kinds[Int(added.id)] = added.isSpecial ? .mark : .addedText
    }
    let merges = rules.merges.map { merge in
      rules.written(merge.left) + [UInt8(ascii: " ")] + rules.written(merge.right)
    }
    return WrittenVocabulary(
      tokens: tokens, kinds: kinds, merges: merges, pattern: options.pattern,
      takesWholePieces: rules.takesWholePieces, endOfText: endOfText.map { Int($0) })
  }

  /// Whether a text that does not begin with a space gets one.
  package var addsPrefixSpace: Bool { options.addsPrefixSpace }

  /// What else the tokenizer does beside its lists, in words; empty where it does nothing.
  package var unwrittenHabits: [String] {
    var habits: [String] = []
    if options.composes { habits.append("composes characters (NFC)") }
    if !options.leading.isEmpty || !options.trailing.isEmpty {
      habits.append("puts special tokens around a text")
    }
    let choosy = options.addedTokens.filter { $0.isSingleWord || $0.stripsLeft || $0.stripsRight }
    if !choosy.isEmpty {
      let names = choosy.map { String(decoding: $0.content, as: UTF8.self) }
      habits.append("looks at what is around \(names.joined(separator: ", "))")
    }
    return habits
  }

  /// Throws where a byte is no token, tokens or merges repeat, or a merge makes no token.
  package convenience init(_ written: WrittenVocabulary) throws(BytePairFault) {
    var tokens = TokenTable()
    var spellings: [TokenSpelling] = []
    var options = BytePairOptions()
    options.pattern = written.pattern
    for (id, (token, kind)) in zip(written.tokens, written.kinds).enumerated() {
      let bytes = try? ByteAlphabet.bytes(of: token)
      switch kind {
      case .text where bytes?.isEmpty == false:
        tokens.append(bytes ?? [])
        spellings.append(.bytes)
      case .unused:
        tokens.append([])
        spellings.append(.absent)
      case .text, .mark, .addedText:
        // A name of ASCII without spaces is the same in bytes.
        tokens.append(token)
        spellings.append(bytes == token ? .bytes : .literal)
        guard !token.isEmpty, kind != .text else { break }
        options.addedTokens.append(
          AddedToken(id: Int32(id), content: token, isSpecial: kind == .mark))
      }
    }
    var rules = try BytePairRules(
      tokens: tokens, spellings: spellings, mergeCount: written.merges.count)
    for merge in written.merges { try rules.addMerge(merge[...]) }
    rules.takesWholePieces = written.takesWholePieces
    options.end(with: written.endOfText, rules)
    self.init(rules: rules, options: options)
  }
}

extension CharacterTokenizer {
  /// The characters of a vocabulary that was made by `BytePairTokenizer(spelling:)`, of which only
  /// these and marks were kept.
  /// - Returns: nil where it is another vocabulary.
  package init?(spelledBy written: WrittenVocabulary) {
    var scalars: [UInt32] = []
    for (token, kind) in zip(written.tokens, written.kinds) where kind != .mark {
      guard kind == .text, let bytes = try? ByteAlphabet.bytes(of: token), !bytes.isEmpty,
        let step = UTF8Coding.scalar(in: bytes.span, at: 0), step.length == bytes.count,
        scalars.last.map({ $0 < step.value }) ?? true
      else { return nil }
      scalars.append(step.value)
    }
    // Marks come last: ids are those of the characters.
    guard !scalars.isEmpty, !written.kinds.prefix(scalars.count).contains(.mark) else {
      return nil
    }
    self.init(ascendingScalars: scalars)
    guard BytePairTokenizer(spelling: self).written.merges == written.merges else { return nil }
  }
}
