// The files of configs/, the presets and where a configuration is looked for.
import FoundationEssentials
import Models
import Testing
import Training

struct ConfigurationFileTests {
  private static let folder: String = {
    var url = URL(filePath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path + "/configs"
  }()

  private static let files: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

  private static func resolve(_ file: String) throws -> ResolvedConfiguration {
    let found = try ConfigurationLocator.read("\(folder)/\(file)", executable: nil)
    var resolver = ConfigurationResolver()
    try resolver.read(file: found.text, path: found.path, preset: nil)
    return try resolver.finish()
  }

  @Test func thePresetsHaveTheirFiles() {
    #expect(Set(Self.files).isSuperset(of: Preset.allCases.map { "\($0.rawValue).json" }))
  }

  @Test(arguments: files)
  func everyFileLoadsAndSaysSomething(_ file: String) throws {
    let resolved = try Self.resolve(file)
    #expect(ConfigurationKey.all.contains { resolved.source(of: $0.path) != .standard })
    for ranks in [1, 2, 4] {
      #expect(throws: Never.self) { try resolved.values.batchShare(ranks: ranks) }
    }
  }

  @Test(arguments: [
    ("nano.json", 12_515_520), ("micro.json", 30_339_456), ("small.json", 51_475_968),
  ])
  func presetsHaveTheirParameters(_ file: String, _ count: Int) throws {
    let configuration = try Self.resolve(file).values
    let vocabulary = TokenizerChoice.gpt2.knownVocabularySize ?? 0
    let size = ModelSize(configuration.modelConfiguration(usedVocabularySize: vocabulary))
    #expect(vocabulary == 50_257 && size.parameterCount == count)
  }

  @Test func aMissingFileNamesEveryPlaceTried() throws {
    let executable = "/opt/trainer/bin/trainer"
    #expect {
      try ConfigurationLocator.read("absent.json", executable: executable)
    } throws: { error in
      let message = "\(error)"
      return message.hasPrefix("absent.json: there is no such configuration file; looked for ")
        && [
          " absent.json,", " configs/absent.json,", "/opt/trainer/bin/configs/absent.json",
          "/opt/trainer/bin/../share/trainer/configs/absent.json",
          "/opt/trainer/configs/absent.json",
        ].allSatisfy(message.contains)
    }
  }

  @Test func aFileBesideTheBinaryIsFound() throws {
    let folder = try TestFolder()
    let file = try folder.write(Array("{}".utf8), to: "configs/mine-alone.json")
    let found = try ConfigurationLocator.read(
      "mine-alone.json", executable: "\(folder.path)/.build/release/trainer")
    #expect(found.path == file && found.text == "{}")
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    let folder = try TestFolder()
    let file = try folder.write([0x7b, 0xff, 0x7d], to: "binary.json")
    #expect(throws: ConfigurationError.unreadable(path: file, reason: "it is not UTF-8 text")) {
      try ConfigurationLocator.read(file, executable: nil)
    }
    #expect {
      try ConfigurationLocator.read(folder.path, executable: nil)
    } throws: { "\($0)".contains("there is no such configuration file") }
  }
}
