// A byte-pair tokenizer as the files of Hugging Face's tokenizers library.

/// Writes what `HuggingFaceReader` reads.
struct HuggingFaceWriter {
  private let tokenizer: BytePairTokenizer
  private var rules: BytePairRules { tokenizer.rules }
  private var options: BytePairOptions { tokenizer.options }

  init(_ tokenizer: BytePairTokenizer) { self.tokenizer = tokenizer }

  /// `tokenizer.json` as the library saves it.
  var tokenizerFile: [UInt8] { document(isPretty: true) }

  /// The text for checkpoints.
  var description: String {
    let file = document(isPretty: false)
    var writer = TokenizerFile.writer(kind: .bpe, version: 2)
    writer.member("tokenizer")
    writer.raw(String(decoding: file, as: UTF8.self))
    if let endOfText = options.namedEndOfText {
      writer.member(TokenizerFile.endOfTextKey)
      writer.raw("\(endOfText)")
    }
    return writer.finished()
  }

  /// `vocab.json`: the tokens that the merges know, in order of ids.
  var vocabularyFile: [UInt8] {
    var writer = JSONDocumentWriter(isPretty: false)
    writer.object(writeVocabulary)
    return writer.text
  }

  /// `merges.txt`
  var mergesFile: [UInt8] {
    var text = Array("#version: 0.2\n".utf8)
    for merge in rules.merges {
      text += rules.written(merge.left)
      text.append(UInt8(ascii: " "))
      text += rules.written(merge.right)
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }

  private func document(isPretty: Bool) -> [UInt8] {
    var writer = JSONDocumentWriter(isPretty: isPretty)
    writer.object { writer in
      writer.key("version")
      writer.string("1.0")
      writer.key("truncation")
      writer.null()
      writer.key("padding")
      writer.null()
      writer.key("added_tokens")
      writer.array { for token in options.addedTokens { write(token, to: &$0) } }
      writer.key("normalizer")
      if options.composes {
        writer.object { $0.member("type", "NFC") }
      } else {
        writer.null()
      }
      writer.key("pre_tokenizer")
      writePreTokenizer(to: &writer)
      writer.key("post_processor")
      writePostProcessor(to: &writer)
      writer.key("decoder")
      writer.byteLevel(addsPrefixSpace: true, trimsOffsets: true, usesPattern: true)
      writer.key("model")
      writeModel(to: &writer)
    }
    return writer.text
  }

  private func write(_ token: AddedToken, to writer: inout JSONDocumentWriter) {
    writer.object { writer in
      writer.key("id")
      writer.integer(Int(token.id))
      writer.key("content")
      writer.string(token.content)
      writer.member("single_word", token.isSingleWord)
      writer.member("lstrip", token.stripsLeft)
      writer.member("rstrip", token.stripsRight)
      writer.member("normalized", token.isNormalized)
      writer.member("special", token.isSpecial)
    }
  }

  private func writePreTokenizer(to writer: inout JSONDocumentWriter) {
    let expression = PreTokenizer.expressions.first { $0.pattern == options.pattern }?.expression
    guard let expression, options.pattern != .gpt2 else {
      writer.byteLevel(
        addsPrefixSpace: options.addsPrefixSpace, trimsOffsets: true,
        usesPattern: options.pattern == .gpt2)
      return
    }
    writer.object { writer in
      writer.member("type", "Sequence")
      writer.key("pretokenizers")
      writer.array { writer in
        writer.object { writer in
          writer.member("type", "Split")
          writer.key("pattern")
          writer.object { $0.member("Regex", expression) }
          writer.member("behavior", "Isolated")
          writer.member("invert", false)
        }
        writer.byteLevel(addsPrefixSpace: false, trimsOffsets: true, usesPattern: false)
      }
    }
  }

  private func writePostProcessor(to writer: inout JSONDocumentWriter) {
    guard !options.leading.isEmpty || !options.trailing.isEmpty else {
      writer.byteLevel(addsPrefixSpace: true, trimsOffsets: false, usesPattern: true)
      return
    }
    writer.object { writer in
      writer.member("type", "TemplateProcessing")
      writer.key("single")
      writer.array { writeTemplate("A", type: 0, to: &$0) }
      writer.key("pair")
      writer.array {
        writeTemplate("A", type: 0, to: &$0)
        writeTemplate("B", type: 1, to: &$0)
      }
      writer.key("special_tokens")
      writer.object { writer in
        for id in Set(options.leading + options.trailing).sorted() {
          writer.key(rules.written(id))
          writer.object { writer in
            writer.key("id")
            writer.string(rules.written(id))
            writer.key("ids")
            writer.array { $0.integer(Int(id)) }
            writer.key("tokens")
            writer.array { $0.string(rules.written(id)) }
          }
        }
      }
    }
  }

  private func writeTemplate(_ sequence: String, type: Int, to writer: inout JSONDocumentWriter) {
    func item(_ kind: String, _ id: [UInt8]) {
      writer.object { writer in
        writer.key(kind)
        writer.object { writer in
          writer.key("id")
          writer.string(id)
          writer.key("type_id")
          writer.integer(type)
        }
      }
    }
    for id in options.leading { item("SpecialToken", rules.written(id)) }
    item("Sequence", Array(sequence.utf8))
    for id in options.trailing { item("SpecialToken", rules.written(id)) }
  }

  private func writeModel(to writer: inout JSONDocumentWriter) {
    writer.object { writer in
      writer.member("type", "BPE")
      for name in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
        writer.key(name)
        writer.null()
      }
      writer.member("fuse_unk", false)
      writer.member("byte_fallback", false)
      writer.member("ignore_merges", rules.takesWholePieces)
      writer.key("vocab")
      writer.object(writeVocabulary)
      writer.key("merges")
      writer.array { writer in
        for merge in rules.merges {
          writer.array { writer in
            writer.string(rules.written(merge.left))
            writer.string(rules.written(merge.right))
          }
        }
      }
    }
  }

  /// Without the tokens that are only added: they get the ids that follow.
  private func writeVocabulary(to writer: inout JSONDocumentWriter) {
    for token in 0..<Int32(options.firstAddedID ?? rules.tokens.count)
    where rules.spellings[Int(token)] != .absent {
      writer.key(rules.written(token))
      writer.integer(Int(token))
    }
  }
}

extension JSONDocumentWriter {
  package mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  package mutating func member(_ name: String, _ value: Bool) {
    key(name)
    boolean(value)
  }

  mutating func byteLevel(addsPrefixSpace: Bool, trimsOffsets: Bool, usesPattern: Bool) {
    object { writer in
      writer.member("type", "ByteLevel")
      writer.member("add_prefix_space", addsPrefixSpace)
      writer.member("trim_offsets", trimsOffsets)
      writer.member("use_regex", usesPattern)
    }
  }
}
