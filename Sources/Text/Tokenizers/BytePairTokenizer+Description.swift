// A byte-pair tokenizer as the JSON that a checkpoint keeps.

extension BytePairTokenizer {
  /// The pattern that cuts text into pieces; another name would mean another pattern.
  private static let preTokenizerName = "gpt2"

  /// Tokens in order of their ids and merges in order of rank, both in GPT-2's alphabet.
  package var json: String {
    isGPT2Like ? gpt2Description : HuggingFaceWriter(self).description
  }

  /// Whether GPT-2's two files say all there is to say: the form of version 1.
  package var isGPT2Like: Bool {
    let unmade = rules.unmadeTokens
    return rules.isOrdered && !rules.takesWholePieces && unmade.count <= 1
      && rules.spellings.allSatisfy { $0 == .bytes }
      && unmade.allSatisfy { rules.tokens[$0].elementsEqual(SpecialTokenNames.endOfText) }
      && options == BytePairOptions(endOfText: unmade.first)
  }

  private var gpt2Description: String {
    var writer = TokenizerFile.writer(kind: kind)
    writer.member("pre_tokenizer")
    writer.string(Array(Self.preTokenizerName.utf8))
    writer.member("vocabulary")
    writer.strings(
      (0..<Int32(vocabularySize)).lazy.map { ByteAlphabet.text(of: self.bytes(of: $0)) })
    writer.member("merges")
    writer.strings(
      merges.lazy.map { merge in
        ByteAlphabet.text(of: self.bytes(of: merge.left)) + [UInt8(ascii: " ")]
          + ByteAlphabet.text(of: self.bytes(of: merge.right))
      })
    return writer.finished()
  }

  /// Reads what `json` wrote after its head, in the form of version 1.
  convenience init(description reader: inout JSONReader) throws(TokenizerError) {
    try reader.member("pre_tokenizer")
    let start = reader.offset
    var name: [UInt8] = []
    try reader.string(into: &name)
    guard name == Array(Self.preTokenizerName.utf8) else {
      throw reader.fault(
        "unknown pre-tokenizer; known is: \(Self.preTokenizerName)", at: start)
    }
    try reader.member("vocabulary")
    let vocabulary = try StringList(&reader)
    var tokens = TokenTable()
    for index in 0..<Int32(vocabulary.strings.count) {
      do throws(BytePairFault) {
        tokens.append(try ByteAlphabet.bytes(of: vocabulary.strings[index]))
      } catch { throw reader.fault(error.reason, at: vocabulary.offsets[Int(index)]) }
    }
    try reader.member("merges")
    let merges = try StringList(&reader)
    var rules: BytePairRules
    do throws(BytePairFault) {
      rules = try BytePairRules(tokens: tokens, mergeCount: merges.strings.count)
    } catch {
      throw reader.fault(error.reason, at: error.token.map { vocabulary.offsets[Int($0)] } ?? start)
    }
    for index in 0..<Int32(merges.strings.count) {
      do throws(BytePairFault) { try rules.addOrderedMerge(merges.strings[index]) } catch {
        throw reader.fault(error.reason, at: merges.offsets[Int(index)])
      }
    }
    let unmade: [Int32]
    do throws(BytePairFault) {
      unmade = try rules.unmadeTokens { $0.elementsEqual(SpecialTokenNames.endOfText) }
    } catch { throw reader.fault(error.reason, at: reader.offset) }
    self.init(rules: rules, options: BytePairOptions(endOfText: unmade.first))
  }
}
