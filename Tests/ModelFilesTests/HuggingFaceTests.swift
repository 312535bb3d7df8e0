// Models of transformers read here, and models from here read back.
import ByteEncoding
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import TestSupport
import Testing
import Text

/// What Tests/Fixtures/make_huggingface.py has made.
enum Fixture {
  static let names = ["tied_tanh", "own_erf"]

  static func folder(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/huggingface/\(name)").standardizedFileURL.path
  }
}

extension HuggingFaceModel {
  /// With its weights.
  func gpt() throws -> GPT {
    let model = GPT(configuration, trainable: false, team: ThreadTeam(threadCount: 1))
    try readParameters(into: model.parameters)
    model.parametersDidChange()
    return model
  }
}

@Suite struct HuggingFaceTests {
  private static func shape(
    bias: Bool = true, _ activation: ModelConfiguration.Activation = .geluTanh, tied: Bool = true,
    rows: Int = 9
  ) -> ModelConfiguration {
    ModelConfiguration(
      layerCount: 2, headCount: 2, embeddingWidth: 12, contextLength: 8, vocabularySize: rows,
      usedVocabularySize: 9, dropout: 0.1, bias: bias, activation: activation,
      tiedEmbeddings: tied)
  }

  static let shapes = [
    shape(), shape(bias: false), shape(.geluErf, tied: false), shape(.relu, rows: 16),
    shape(bias: false, tied: false, rows: 64),
  ]

  /// Nine characters, of one, two and four bytes.
  static func characters() throws -> CharacterTokenizer {
    try CharacterTokenizer(text: Array("ab cdé\nü🙂".utf8))
  }

  static func export(
    _ model: GPT, _ tokenizer: any Tokenizer, _ format: FloatFormat = .f32
  ) throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    try HuggingFaceExport(model, tokenizer, format: format, team: ThreadTeam(threadCount: 1))
      .write(into: folder.path)
    return folder
  }

  static func logits(_ model: GPT, _ tokens: [Int32]) -> [Float] {
    model.logits(TokenBatch(context: tokens)).array
  }

  @Test(arguments: Fixture.names)
  func logitsAreThoseOfTransformers(_ name: String) throws {
    let stored = try HuggingFaceModel(folder: Fixture.folder(name))
    let expected = contents(Fixture.folder(name) + "/logits.f32")
    let tokens = (0..<16).map { (place: Int) -> Int32 in
      let id = 17 * place * place + 5 * place
      return Int32(id % 261)
    }
    let ours = Self.logits(try stored.gpt(), tokens)
    // Rows that stand for no token have logits there, but not here.
    let rows = stored.configuration.vocabularySize
    var theirs: [Float] = []
    var reader = ByteReader(MappedFile(bytes: expected, path: "logits.f32"))
    for _ in 0..<16 {
      for column in 0..<rows {
        let logit = try reader.float32()
        if column < 261 { theirs.append(logit) }
      }
    }
    #expect(stored.tokenizer.vocabularySize == 261)
    let errors = zip(ours, theirs).map { abs($0 - $1) }
    #expect(errors.count == 16 * 261)
    #expect((errors.max() ?? 1) < 1e-4)
  }

  @Test(arguments: shapes)
  func whatIsWrittenIsReadBackAsTheSameModel(_ shape: ModelConfiguration) throws {
    let model = GPT.random(shape, trainable: false)
    let characters = try Self.characters()
    let folder = try Self.export(model, characters)
    let stored = try HuggingFaceModel(folder: folder.path)
    #expect(stored.tokenizer.json == characters.json)
    #expect(stored.configuration.vocabularySize == 9)
    #expect(stored.configuration.activation == shape.activation)
    #expect(stored.configuration.dropout == 0.1)
    let tokens: [Int32] = [0, 8, 3, 3, 7, 1]
    #expect(Self.logits(try stored.gpt(), tokens) == Self.logits(model, tokens))
  }

  @Test(arguments: shapes)
  func aSecondExportIsTheSameByteForByte(_ shape: ModelConfiguration) throws {
    let first = try Self.export(GPT.random(shape, trainable: false), try Self.characters())
    let stored = try HuggingFaceModel(folder: first.path)
    let second = try Self.export(try stored.gpt(), stored.tokenizer)
    #expect(names(in: first.path).count == 8)
    #expect(names(in: first.path) == names(in: second.path))
    for name in names(in: first.path) {
      #expect(contents(first.file(name)) == contents(second.file(name)), "\(name)")
    }
  }

  /// Of a model from elsewhere, exports are alike from the first on.
  @Test(arguments: Fixture.names)
  func foreignWeightsComeOutAsTheyWentIn(_ name: String) throws {
    let stored = try HuggingFaceModel(folder: Fixture.folder(name))
    let first = try Self.export(try stored.gpt(), stored.tokenizer)
    let again = try HuggingFaceModel(folder: first.path)
    let second = try Self.export(try again.gpt(), again.tokenizer)
    for name in names(in: first.path) {
      #expect(contents(first.file(name)) == contents(second.file(name)), "\(name)")
    }
    #expect(
      contents(first.file("tokenizer.json"))
        == contents(Fixture.folder(name) + "/tokenizer.json"))
  }

  @Test(arguments: [(FloatFormat.f16, Float(0x1p-11)), (.bf16, 0x1p-8)])
  func shorterFloatsAreRounded(_ format: FloatFormat, _ precision: Float) throws {
    let model = GPT.random(Self.shape(), trainable: false)
    let folder = try Self.export(model, try Self.characters(), format)
    let copy = try HuggingFaceModel(folder: folder.path).gpt()
    let errors = zip(model.parameters.vector.array, copy.parameters.vector.array).map {
      $0 == 0 ? 0 : abs($0 - $1) / abs($0)
    }
    // Half a unit in the last place; smallest halves are less precise.
    let worst = errors.max() ?? 1
    #expect(worst <= (format == .f16 ? 8 : 1) * precision)
    #expect(worst > precision / 4)
    let size = contents(folder.file("model.safetensors")).count
    #expect(size < 2 * model.layout.parameterCount + 8_192)
  }

  @Test(arguments: [false, true])
  func oneExportAtATimeWritesAFolder(isThere: Bool) throws {
    let folder = TemporaryFolder()
    let path = isThere ? folder.path : folder.file("model")
    let first = try StagedFolder(path, names: ["a"], byteCount: 1) { false }
    overwrite("\(first.path)/a", [1])
    #expect {
      _ = try StagedFolder(path, names: ["a"], byteCount: 1) { false }
    } throws: {
      "\($0)".contains("another export is being written there")
    }
    try first.publish()
    #expect(names(in: path) == ["a"])
    #expect(names(in: folder.path) == (isThere ? ["a"] : ["model"]))
    #expect(contents("\(path)/a") == [1])
  }

  @Test func whatAnInterruptedExportHasLeftGoes() throws {
    let folder = TemporaryFolder()
    let path = folder.file("model")
    let aside: String
    do {
      let interrupted = try StagedFolder(path, names: ["a", "b"], byteCount: 1) { false }
      aside = interrupted.path
      overwrite("\(aside)/b", [1])
    }
    let next = try StagedFolder(path, names: ["a", "b"], byteCount: 1) { false }
    #expect(names(in: aside).isEmpty)
    overwrite("\(aside)/a", [2])
    try next.publish()
    #expect(names(in: folder.path) == ["model"] && names(in: path) == ["a"])
  }

  @Test func otherFilesAreNotTakenForLeftovers() throws {
    let folder = TemporaryFolder()
    let path = folder.file("model")
    let aside: String
    do { aside = try StagedFolder(path, names: ["a"], byteCount: 1) { false }.path }
    for name in ["a", "notes"] { overwrite("\(aside)/\(name)", [1]) }
    #expect {
      _ = try StagedFolder(path, names: ["a"], byteCount: 1) { false }
    } throws: {
      "\($0)".contains("it holds a notes")
    }
    #expect(names(in: folder.path) == ["model.partial"] && names(in: aside) == ["a", "notes"])
  }

  /// What a link leads to is not the export's.
  @Test func nothingIsWrittenAsideThroughALink() throws {
    let (folder, others) = (TemporaryFolder(), TemporaryFolder())
    overwrite(others.file("a"), [7])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("model.partial"), withDestinationPath: others.path)
    #expect {
      _ = try StagedFolder(folder.file("model"), names: ["a"], byteCount: 1) { false }
    } throws: {
      "\($0)".contains("model.partial: it is a link")
    }
    #expect(contents(others.file("a")) == [7])
  }

  @Test func whatHasNoPlaceThereIsRefused() throws {
    let model = GPT.random(Self.shape(), trainable: false)
    var trainer = try TokenizerSettings(kind: .word).trainer()
    try trainer.add(Array("a b a b c c".utf8)[...])
    let words = try trainer.finish()
    #expect {
      _ = try HuggingFaceExport(model, words, team: ThreadTeam(threadCount: 1))
    } throws: {
      "\($0)".contains("its tokens are lower-cased words")
    }
    var shape = Self.shape(tied: false)
    shape.headBias = true
    let characters = try Self.characters()
    #expect {
      _ = try HuggingFaceExport(
        GPT.random(shape, trainable: false), characters, team: ThreadTeam(threadCount: 1))
    } throws: {
      "\($0)".contains("its head has a bias")
    }
    model.parameters.vector[7] = .nan
    #expect {
      _ = try Self.export(model, characters)
    } throws: {
      "\($0)".contains("wte.weight holds numbers that are infinite or none")
    }
  }
}
