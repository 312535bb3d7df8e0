// Every key of the table: read, written, and not ignored by the parts that it is for.
import Models
import Testing
import Training

struct ConfigurationKeyTests {
  private static let paths = ConfigurationKey.all.map(\.path)

  private static func resolve(_ json: String) throws -> RunConfiguration {
    var resolver = ConfigurationResolver()
    try resolver.read(file: json, path: "test.json", preset: nil)
    return try resolver.finish().values
  }

  /// Values other than the default, among them every choice.
  private static func others(_ key: ConfigurationKey) -> [JSONValue] {
    let standard = key.value(in: RunConfiguration())
    return switch (key.kind, standard) {
    case (.integer, .number(let number)): [.number(2 * number)]
    case (.integer, _): [.number(2)]
    case (.number, .number(let number)): [.number(number / 2)]
    // Small enough for a learning rate beside the default one.
    case (.number, _): [.number(1e-4)]
    case (.boolean, .boolean(let value)): [.boolean(!value)]
    case (.choice(let choices), _):
      choices.map(JSONValue.string).filter { $0 != standard }
    case (.fractionOrPath, _): [.number(0.25), .string("held out \"é\".txt")]
    case (.text, _) where key.path == "training.max_time": [.string("1h30m")]
    default: [.string("a \\ path\n")]
    }
  }

  /// A file with one key, and what that key needs beside it.
  private static func json(_ key: ConfigurationKey, _ value: JSONValue) -> String {
    let need = key.path == "model.head_bias" ? ", tie_embeddings: false" : ""
    return "{\(key.section): {\(key.name): \(value.compact)\(need)}}"
  }

  @Test(arguments: paths)
  func aKeyChangesItsValueAndNoOther(_ path: String) throws {
    let key = try #require(ConfigurationKey.named(path))
    // The only choices so far that leave none.
    #expect(Self.others(key).isEmpty == (path == "model.architecture"))
    for value in Self.others(key) {
      let changed = try Self.resolve(Self.json(key, value))
      #expect(key.value(in: changed) == value)
      for other in ConfigurationKey.all
      where other.path != path && !(path == "model.head_bias" && other.name == "tie_embeddings") {
        #expect(other.value(in: changed) == other.value(in: RunConfiguration()), "\(other.path)")
      }
    }
  }

  @Test(arguments: paths)
  func aKeySurvivesBeingWritten(_ path: String) throws {
    let key = try #require(ConfigurationKey.named(path))
    for value in Self.others(key) {
      let changed = try Self.resolve(Self.json(key, value))
      #expect(changed != RunConfiguration())
      #expect(try RunConfiguration(json: changed.json, path: "written") == changed)
    }
  }

  @Test(arguments: paths.filter { $0.hasPrefix("model.") && $0 != "model.architecture" })
  func everyModelKeyReachesTheModel(_ path: String) throws {
    let key = try #require(ConfigurationKey.named(path))
    var untied = RunConfiguration()
    untied.model.tiedEmbeddings = path != "model.head_bias"
    for value in Self.others(key) {
      let changed = try Self.resolve(Self.json(key, value))
      #expect(
        changed.modelConfiguration(usedVocabularySize: 9)
          != untied.modelConfiguration(usedVocabularySize: 9))
    }
  }

  @Test(arguments: paths.filter { $0.hasPrefix("optimizer.") || $0.hasPrefix("schedule.") })
  func everyOptimizerAndScheduleKeyReachesTheStep(_ path: String) throws {
    func parts(_ values: RunConfiguration) -> [String] {
      let coordinator = values.coordinator(finalStep: 9)
      return ["\(values.adamW)", "\(coordinator.schedule)", "\(coordinator.gradientClip)"]
    }
    let key = try #require(ConfigurationKey.named(path))
    for value in Self.others(key) {
      #expect(parts(try Self.resolve(Self.json(key, value))) != parts(RunConfiguration()))
    }
  }

  @Test func everyKeyHasHelpAndAnAllowedDefault() throws {
    for key in ConfigurationKey.all {
      #expect(!key.help.isEmpty && !key.kind.allowed.isEmpty)
      let text = "{\(key.section): {\(key.name): \(key.value(in: RunConfiguration()).compact)}}"
      #expect(try Self.resolve(text) == RunConfiguration(), "\(key.path)")
    }
    #expect(Set(Self.paths).count == Self.paths.count)
  }
}
