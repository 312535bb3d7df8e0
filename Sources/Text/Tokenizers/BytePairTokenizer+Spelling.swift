// Characters as merges of bytes: how a character vocabulary goes to tools that know BPE only.

extension BytePairTokenizer {
  /// A tokenizer that gives every text of the characters' own the very ids that `characters` gives.
  ///
  /// A character of several bytes is made by merges from its first byte on, so that no merge reaches
  /// beyond a character, however a text is cut into pieces. The ids below
  /// `characters.vocabularySize` are the characters'. After them come what no such text leaves
  /// behind: the other single bytes in order, then the beginnings of characters. A model of
  /// characters has no rows for those; a text with other characters would need them.
  package convenience init(spelling characters: CharacterTokenizer) {
    var tokens = TokenTable()
    var ids: [[UInt8]: Int32] = [:]
    func token(_ bytes: [UInt8]) -> Int32 {
      if let id = ids[bytes] { return id }
      let id = Int32(tokens.count)
      tokens.append(bytes)
      ids[bytes] = id
      return id
    }
    let spellings = (0..<Int32(characters.vocabularySize)).map { characters.bytes(of: $0) }
    for spelling in spellings { _ = token(spelling) }
    for byte in UInt8.min...UInt8.max { _ = token([byte]) }
    var merges: [BytePairMerge] = []
    for spelling in spellings where spelling.count > 1 {
      for length in 2...spelling.count {
        let count = tokens.count
        let merge = BytePairMerge(
          left: token(Array(spelling.prefix(length - 1))), right: token([spelling[length - 1]]),
          merged: token(Array(spelling.prefix(length))))
        // The beginning of several characters is made once.
        if length == spelling.count || tokens.count > count { merges.append(merge) }
      }
    }
    do throws(BytePairFault) {
      var rules = try BytePairRules(tokens: tokens, mergeCount: merges.count)
      for merge in merges { try rules.addMerge(merge) }
      self.init(rules: rules, options: BytePairOptions())
    } catch {
      preconditionFailure("characters are there once, and so are their beginnings: \(error.reason)")
    }
  }
}

extension CharacterTokenizer {
  /// The characters that `tokenizer` spells.
  /// - Parameter count: their number: the rows of the model.
  /// - Returns: nil where it is no such tokenizer.
  package init?(spelledBy tokenizer: BytePairTokenizer, count: Int) {
    guard count > 0, count <= tokenizer.vocabularySize else { return nil }
    var scalars: [UInt32] = []
    for token in 0..<Int32(count) {
      let bytes = tokenizer.bytes(of: token)
      guard let step = bytes.isEmpty ? nil : UTF8Coding.scalar(in: bytes.span, at: 0),
        step.length == bytes.count, scalars.last.map({ $0 < step.value }) ?? true
      else { return nil }
      scalars.append(step.value)
    }
    self.init(ascendingScalars: scalars)
    guard BytePairTokenizer(spelling: self).json == tokenizer.json else { return nil }
  }
}
