// Text and tokenizer of a configuration, with published files out of reach.
import Testing
import Text
import Training

struct RunTextPreparationTests {
  private let folder: TestFolder
  private var environment: [String: String] {
    ["TRAINER_OFFLINE": "1", "TRAINER_CACHE": "\(folder.path)/cache"]
  }

  init() throws { folder = try TestFolder() }

  private func resolve(_ settings: [String]) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    for setting in settings { resolver.read(setting: setting) }
    return try resolver.finish()
  }

  @Test func theDefaultsGiveWayToTheBuiltInStories() throws {
    var configuration = try resolve(["model.vocab_size=50257"])
    var preparation = RunTextPreparation(environment: environment)
    let text = try preparation.prepare(&configuration)

    #expect(text.corpus.name == "stories-en" && text.tokenizer.kind == .character)
    #expect(configuration.values.data.dataset == "stories-en")
    #expect(configuration.values.tokenizer.kind == "character")
    #expect(configuration.values.model.vocabularySize == nil)
    for key in ["data.dataset", "tokenizer.kind", "model.vocab_size"] {
      #expect(configuration.source(of: key) == .fallback)
    }
    let warning = try #require(preparation.warning)
    #expect(!warning.contains("\n"))
    for part in [
      "shakespeare is not available", "so the built-in stories-en take its place",
      "nor is the tokenizer gpt2", "so single characters are the tokens",
      "\(folder.path)/cache/shakespeare/input.txt", "\(folder.path)/cache/gpt2/vocab.bpe",
    ] {
      #expect(warning.contains(part), "\(part)")
    }
    // One token a character, of which the stories have no other than single bytes.
    let stories = try CorpusBuilder(environment: environment).build(.stories(.english))
    #expect(text.corpus == stories.description)
    #expect(text.training.count == stories.training.bytes.count)
    #expect(text.validation.count == stories.validation.bytes.count)
    #expect(text.bytesPerToken == Array(repeating: 1, count: text.tokenizer.vocabularySize))
  }

  @Test func theUsersTextStaysAndTakesCharacters() throws {
    let file = try folder.write(Array("Zwölf Boxkämpfer.\n".utf8), to: "mine.txt")
    var configuration = try resolve(["data.dataset=\(file)", "data.validation=0.5"])
    var preparation = RunTextPreparation(environment: environment)
    let text = try preparation.prepare(&configuration)

    #expect(text.corpus.name == file && text.tokenizer.kind == .character)
    #expect(text.tokenizer.vocabularySize == Set("Zwölf Boxkämpfer.\n".unicodeScalars).count)
    #expect(configuration.source(of: "data.dataset") == .flag("--set"))
    #expect(configuration.source(of: "tokenizer.kind") == .fallback)
    let tokens = (0..<text.training.count).map { text.training[$0] }
    #expect(text.tokenizer.decode(tokens) == Array("Zwölf Box".utf8))
    #expect(tokens.reduce(0) { $0 + Int(text.bytesPerToken[Int($1)]) } == "Zwölf Box".utf8.count)
    let warning = try #require(preparation.warning)
    #expect(!warning.contains("shakespeare") && !warning.contains("stories"))
  }

  @Test func nothingIsSaidWhereNothingIsReplaced() throws {
    let file = try folder.write(Array("abcabcabc".utf8), to: "mine.txt")
    var configuration = try resolve(["data.dataset=\(file)", "tokenizer.kind=character"])
    let before = configuration
    var preparation = RunTextPreparation(environment: environment)
    _ = try preparation.prepare(&configuration)
    #expect(preparation.warning == nil && configuration == before)
  }

  /// What the user named and is not there is an error, not a reason to take something else.
  @Test(arguments: [
    ["data.dataset=./absent.txt"], ["data.dataset=shakespear"],
    ["data.dataset=stories-en", "tokenizer.path=/absent"],
    ["data.dataset=stories-en", "data.validation=./absent.txt"],
  ])
  func namedFilesAreNotReplaced(_ settings: [String]) throws {
    var configuration = try resolve(settings)
    var preparation = RunTextPreparation(environment: environment)
    #expect(throws: (any Error).self) { try preparation.prepare(&configuration) }
    #expect(preparation.warning == nil)
  }
}
