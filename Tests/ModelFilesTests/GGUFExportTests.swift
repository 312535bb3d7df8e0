// Models as GGUF files and back.
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import TestSupport
import Testing
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct GGUFExportTests {
  private let folder = TemporaryFolder()
  private let team = ThreadTeam(threadCount: 2)
  private let characters: CharacterTokenizer

  init() throws { characters = try CharacterTokenizer(text: Array("Grüße, 日本!".utf8)) }

  private func model(
    width: Int = 64, layerCount: Int = 2, bias: Bool = true, tied: Bool = true,
    activation: ModelConfiguration.Activation = .geluTanh, headBias: Bool = false
  ) -> GPT {
    GPT.random(
      ModelConfiguration(
        layerCount: layerCount, headCount: 4, embeddingWidth: width, contextLength: 16,
        vocabularySize: 32, usedVocabularySize: characters.vocabularySize, bias: bias,
        activation: activation, tiedEmbeddings: tied, headBias: headBias), trainable: false)
  }

  private func exported(
    _ model: GPT, _ format: TensorFormat, tokenizer: (any Tokenizer)? = nil
  ) throws -> GGUFModel {
    let path = folder.file("\(format.rawValue).gguf")
    try GGUFExport(
      model, tokenizer: tokenizer ?? characters, name: "test", format: format, team: team
    ).write(to: path) { _ in }
    return try GGUFModel(path: path)
  }

  private let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]

  @Test(arguments: [true, false], [true, false])
  func aCopyInSinglePrecisionIsTheModel(bias: Bool, tied: Bool) throws {
    let model = model(bias: bias, tied: tied)
    let copy = try exported(model, .f32)
    #expect(copy.name == "test" && copy.configuration.tiedEmbeddings == tied)
    #expect(copy.tokenizer.json == characters.json)
    let ours = GPTDecoding(model, team: team).logits(reading: tokens)
    let theirs = GPTDecoding(copy.weights(), team: team).logits(reading: tokens)
    #expect(ours.array == theirs.array)
  }

  @Test(arguments: TensorFormat.encodable)
  func everyFormatIsReadAsItWasWritten(format: TensorFormat) throws {
    let model = model(width: 256)
    let copy = try exported(model, format)
    #expect(copy.format(of: "h.0.attn.c_proj.weight") == format)
    #expect(copy.format(of: "wpe.weight") == .f32 && copy.format(of: "ln_f.weight") == .f32)
    let entry = try #require(model.layout["h.0.attn.c_proj.weight"])
    let values = Matrix(model.parameters.vector(entry), rows: 256, columns: 256)
    let expected = Vector.zeros(values.rows * values.columns)
    format.decode(unsafe format.encode(values, team: team).span.bytes, into: expected)
    #expect(copy.values(entry.name).array == expected.array)
  }

  /// Without a marker llama.cpp would stop at some character.
  @Test func aVocabularyWithoutMarkerGetsOne() throws {
    let model = model()
    let copy = try exported(model, .f32)
    let count = characters.vocabularySize
    #expect(copy.configuration.vocabularySize == count + 1)
    #expect(copy.configuration.usedVocabularySize == count)
    let decoding = GPTDecoding(copy.weights(vocabularySize: count + 1), team: team)
    let logits = decoding.nextLogits(reading: tokens).array
    let mean = logits[..<count].reduce(0, +) / Float(count)
    #expect(abs(logits[count] - mean) < 1e-4)
  }

  @Test func shapesFallBackOneByOne() throws {
    let model = model(width: 64, layerCount: 8)
    let export = try GGUFExport(
      model, tokenizer: characters, name: "test", format: .q4K, team: team)
    #expect(
      export.notes.contains {
        $0.contains("q5_0: q4_k takes rows of multiples of 256 values, theirs have 64")
      })
    let copy = try exported(model, .q4K)
    // As llama.cpp's Q4_K_M: the first eighth, the last eighth and every third get more bits.
    let down = (0..<8).map { copy.format(of: "h.\($0).mlp.c_proj.weight") }
    #expect(down == [.q6K, .q4K, .q4K, .q6K, .q4K, .q4K, .q6K, .q6K])
    #expect(copy.format(of: "h.1.attn.c_attn.weight") == .q5)
    #expect(copy.format(of: "h.0.attn.c_attn.weight") == .q8)
    #expect(copy.format(of: "wte.weight") == .q8)
    let odd = try exported(self.model(width: 36), .q8)
    #expect(odd.format(of: "h.0.attn.c_attn.weight") == .f16)
    #expect(try exported(model, .q4).format(of: "wte.weight") == .q8)
  }

  @Test(arguments: [ModelConfiguration.Activation.geluErf, .relu])
  func otherActivationsAreRefused(activation: ModelConfiguration.Activation) throws {
    let error = #expect(throws: ModelFileError.self) {
      try exported(model(activation: activation), .f32)
    }
    #expect(error.map { "\($0)" }?.contains(activation.rawValue) == true)
  }

  @Test func whatHasNoPlaceIsRefused() throws {
    let bias = #expect(throws: ModelFileError.self) {
      try exported(model(tied: false, headBias: true), .f32)
    }
    #expect(bias.map { "\($0)" }?.contains("bias") == true)
    var trainer = try TokenizerSettings(kind: .word, vocabularySize: 16).trainer()
    try trainer.add(Array("a b c a b c".utf8)[...])
    let words = try trainer.finish()
    let word = #expect(throws: ModelFileError.self) {
      try exported(model(), .f32, tokenizer: words)
    }
    #expect(word.map { "\($0)" }?.contains("words") == true)
    let broken = model()
    broken.parameters.vector[7] = .nan
    #expect(throws: ModelFileError.self) { try exported(broken, .q8) }
    #expect(names(in: folder.path).isEmpty)
  }

  @Test func nothingIsKeptOfAnExportThatFails() throws {
    struct Refusal: Error {}
    let path = folder.file("model.gguf")
    let export = try GGUFExport(
      model(), tokenizer: characters, name: "test", format: .f16, team: team)
    #expect(throws: Refusal.self) { try export.write(to: path) { _ in throw Refusal() } }
    #expect(names(in: folder.path).isEmpty)
    try export.write(to: path) { _ in }
    let bytes = contents(path)
    #expect(bytes.count == export.byteCount)
    #expect(throws: Refusal.self) { try export.write(to: path) { _ in throw Refusal() } }
    #expect(contents(path) == bytes)
    try export.write(to: path) { _ in }
    #expect(contents(path) == bytes && names(in: folder.path) == ["model.gguf"])
  }

  @Test func twoAtOnceDoNotMix() throws {
    let path = folder.file("model.gguf")
    let exports = try [TensorFormat.f16, .f32].map {
      try GGUFExport(model(), tokenizer: characters, name: "test", format: $0, team: team)
    }
    var error: ModelFileError?
    try exports[0].write(to: path) { _ in
      error = #expect(throws: ModelFileError.self) {
        try exports[1].write(to: path) { _ in Issue.record("the second has begun") }
      }
    }
    // The second is refused before it has written anything, and the first comes to its end.
    #expect(error.map { "\($0)" }?.contains("another export is being written there") == true)
    #expect(names(in: folder.path) == ["model.gguf"])
    #expect(contents(path).count == exports[0].byteCount)
    var inner: String?
    #expect(throws: ModelFileError.self) {
      try exports[0].write(to: path) { temporaryPath in
        inner = temporaryPath
        // As the beginning of another.
        overwrite(temporaryPath + "2", [1])
        _ = unsafe rename(temporaryPath + "2", temporaryPath)
      }
    }
    #expect(contents(try #require(inner)) == [1])
    #expect(contents(path).count == exports[0].byteCount)
    // What is left of an interrupted export goes with the next.
    try exports[1].write(to: path) { #expect($0 == inner) }
    #expect(names(in: folder.path) == ["model.gguf"])
    #expect(contents(path).count == exports[1].byteCount)
  }

  /// It may lead to anything, or to nothing.
  @Test(.timeLimit(.minutes(1)), arguments: [true, false])
  func aLinkInTheWayIsNotFollowed(isThere: Bool) throws {
    let (path, other) = (folder.file("model.gguf"), folder.file("other"))
    if isThere { overwrite(other, [1]) }
    try FileManager.default.createSymbolicLink(
      atPath: path + ".tmp", withDestinationPath: other)
    let export = try GGUFExport(
      model(), tokenizer: characters, name: "test", format: .f16, team: team)
    try export.write(to: path) { _ in }
    #expect(names(in: folder.path) == ["model.gguf"] + (isThere ? ["other"] : []))
    #expect(contents(path).count == export.byteCount)
    if isThere { #expect(contents(other) == [1]) }
  }

  @Test func otherFilesAreNotReplaced() throws {
    let path = folder.file("notes.txt")
    overwrite(path, Array("mine".utf8))
    let export = try GGUFExport(
      model(), tokenizer: characters, name: "test", format: .f16, team: team)
    for place in [path, folder.path, "\(path)/model.gguf"] {
      #expect(throws: ModelFileError.self) { try export.write(to: place) { _ in } }
    }
    #expect(contents(path) == Array("mine".utf8))
  }

  @Test func namesFollowTheConvention() {
    var configuration = ModelConfiguration(
      layerCount: 6, headCount: 6, embeddingWidth: 192, contextLength: 1_024,
      vocabularySize: 50_257)
    #expect(GGUFName.file("nano", configuration, .f16) == "Nano-13M-F16.gguf")
    #expect(GGUFName.file("my run/2", configuration, .q4K) == "My-Run-2-13M-Q4_K_M.gguf")
    configuration.vocabularySize = 65
    #expect(GGUFName.file("--", configuration, .q8) == "Model-2.9M-Q8_0.gguf")
  }
}
