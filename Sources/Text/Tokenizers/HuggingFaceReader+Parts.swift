// What a tokenizer.json does before and after the merges.

extension HuggingFaceReader {
  private func type(of part: Located<JSONNode>) -> String {
    part.value["type"]?.text ?? "of no known type"
  }

  private func refusal(
    _ name: String, _ part: Located<JSONNode>, known: String
  ) -> TokenizerError {
    reader.fault(
      "the \(name) \(type(of: part)) is not supported; known are: \(known)", at: part.offset)
  }

  /// The steps of a part that may be a sequence of steps.
  private func steps(_ part: Located<JSONNode>, _ member: String) -> [Located<JSONNode>] {
    guard part.value["type"]?.text == "Sequence", let items = part.value[member]?.items else {
      return [part]
    }
    return items.map { Located(value: $0, offset: part.offset) }
  }

  func readNormalizer(into options: inout BytePairOptions) throws(TokenizerError) {
    guard let part = parts["normalizer"] else { return }
    for step in steps(part, "normalizers") {
      guard type(of: step) == "NFC" else {
        throw refusal("normalizer", step, known: "NFC, none")
      }
      options.composes = true
    }
  }

  func readPreTokenizer(into options: inout BytePairOptions) throws(TokenizerError) {
    guard let part = parts["pre_tokenizer"] else {
      throw reader.fault(
        "there is no pre_tokenizer, so that the merges are not of bytes; ByteLevel is needed", at: 0
      )
    }
    var steps = steps(part, "pretokenizers")[...]
    guard let last = steps.popLast(), type(of: last) == "ByteLevel" else {
      throw refusal(
        "pre_tokenizer", steps.last ?? part, known: "ByteLevel, Split followed by ByteLevel")
    }
    let usesPattern = last.value["use_regex"]?.flag ?? true
    options.addsPrefixSpace = last.value["add_prefix_space"]?.flag ?? true
    options.pattern = usesPattern ? .gpt2 : .whole
    guard let split = steps.popLast() else { return }
    guard steps.isEmpty, type(of: split) == "Split", !usesPattern, !options.addsPrefixSpace else {
      throw reader.fault(
        "this sequence of pre_tokenizers is not supported; known are: ByteLevel, Split followed by "
          + "ByteLevel with use_regex and add_prefix_space false", at: part.offset)
    }
    options.pattern = try pattern(of: split)
  }

  private func pattern(of split: Located<JSONNode>) throws(TokenizerError) -> PreTokenizer.Pattern {
    guard split.value["behavior"]?.text == "Isolated", split.value["invert"]?.flag != true else {
      throw reader.fault(
        "the pre_tokenizer Split is supported with behavior Isolated and invert false only",
        at: split.offset)
    }
    let expression = split.value["pattern"]?["Regex"]?.text ?? ""
    for known in PreTokenizer.expressions where known.expression == expression {
      return known.pattern
    }
    let names = PreTokenizer.expressions.map(\.pattern.rawValue).joined(separator: ", ")
    throw reader.fault(
      "the pre_tokenizer splits at the pattern \(expression), which is not supported; known are "
        + "those of \(names)", at: split.offset)
  }

  func checkDecoder() throws(TokenizerError) {
    guard let part = parts["decoder"] else { return }
    guard steps(part, "decoders").allSatisfy({ type(of: $0) == "ByteLevel" }) else {
      throw refusal("decoder", part, known: "ByteLevel")
    }
  }

  /// Finds the ids that are put around a text.
  func readPostProcessor(
    into options: inout BytePairOptions, vocabularySize: Int
  ) throws(TokenizerError) {
    guard let part = parts["post_processor"] else { return }
    for step in steps(part, "processors") {
      switch type(of: step) {
      case "ByteLevel": break
      case "TemplateProcessing": try readTemplate(step, into: &options)
      case "RobertaProcessing", "BertProcessing":
        options.leading +=
          (step.value["cls"]?.items?.last?.integer).map { [Int32(clamping: $0)] } ?? []
        options.trailing +=
          (step.value["sep"]?.items?.last?.integer).map { [Int32(clamping: $0)] } ?? []
      default:
        throw refusal(
          "post_processor", step, known: "ByteLevel, TemplateProcessing, RobertaProcessing")
      }
    }
    for id in options.leading + options.trailing where id < 0 || Int(id) >= vocabularySize {
      throw reader.fault(
        "the post_processor puts id \(id) around a text, but the vocabulary ends at "
          + "\(vocabularySize - 1)", at: part.offset)
    }
  }

  private func readTemplate(
    _ step: Located<JSONNode>, into options: inout BytePairOptions
  ) throws(TokenizerError) {
    var isBefore = true
    for item in step.value["single"]?.items ?? [] {
      if item["Sequence"] != nil {
        isBefore = false
        continue
      }
      guard let name = item["SpecialToken"]?["id"]?.text,
        let ids = step.value["special_tokens"]?[name]?["ids"]?.items?.compactMap(\.integer)
      else {
        throw reader.fault("the template of the post_processor has a part unknown", at: step.offset)
      }
      let tokens = ids.map { Int32(clamping: $0) }
      if isBefore { options.leading += tokens } else { options.trailing += tokens }
    }
  }
}
