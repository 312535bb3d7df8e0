// Default < preset < file < environment < flags.
import Testing
import Training

struct ConfigurationLayerTests {
  /// Layers up to one of them; every layer sets the learning rate and something of its own.
  private static func resolve(layers: Int) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    if layers > 0 { resolver.read(preset: "small", place: "--preset") }
    if layers > 1 {
      try resolver.read(
        file: "{\n  model: {\n    n_layer: 3 },\n  training: { max_steps: 7 } }", path: "my.json",
        preset: nil)
    }
    if layers > 2 {
      resolver.read(environment: [
        "TRAINER_MODEL_N_LAYER": "4", "TRAINER_CACHE": "/nowhere", "TRAINER_OFFLINE": "1",
        "TRAINER_DATA_DATASET": "stories-de", "HOME": "/home/me",
      ])
    }
    if layers > 3 { resolver.read(key: "model.n_layer", text: "5", flag: "--layers") }
    if layers > 4 { resolver.read(setting: "model.n_layer=6") }
    return try resolver.finish()
  }

  @Test(arguments: [
    (0, 6, "default"), (1, 8, "preset small"), (2, 3, "my.json:3"),
    (3, 4, "TRAINER_MODEL_N_LAYER"), (4, 5, "--layers"), (5, 6, "--set"),
  ])
  func aLaterLayerWinsAndIsNamed(_ layers: Int, _ count: Int, _ source: String) throws {
    let resolved = try Self.resolve(layers: layers)
    #expect(resolved.values.model.layerCount == count)
    #expect(resolved.source(of: "model.n_layer").description == source)
  }

  @Test func aLayerLeavesOtherValuesAlone() throws {
    let resolved = try Self.resolve(layers: 5)
    #expect(resolved.values.model.embeddingWidth == 512)
    #expect(resolved.source(of: "model.n_embd").description == "preset small")
    #expect(resolved.values.training.maxSteps == 7)
    #expect(resolved.values.data.dataset == "stories-de")
    #expect(resolved.source(of: "training.batch_size") == .standard)
  }

  @Test func aFilesPresetLiesBelowItsOtherKeysWhereverItStands() throws {
    var resolver = ConfigurationResolver()
    try resolver.read(
      file: "{ model: { n_layer: 2 }, preset: 'nano' }", path: "my.json", preset: nil)
    let model = try resolver.finish().values.model
    #expect(model.layerCount == 2 && model.embeddingWidth == 192)
  }

  @Test func aPresetLearnsFasterThanTheDefaultUnlessSaidOtherwise() throws {
    var resolver = ConfigurationResolver()
    try resolver.read(file: "{}", path: "my.json", preset: nil)
    #expect(try resolver.finish().values.schedule.learningRate == 3e-4)
    resolver.read(preset: "micro", place: "--preset")
    #expect(try resolver.finish().values.schedule.learningRate == 1e-3)
    #expect(try resolver.finish().values.model.dropout == 0)
    resolver.read(setting: "schedule.learning_rate=5e-4")
    #expect(try resolver.finish().values.schedule.learningRate == 5e-4)
  }

  @Test func aModelThatIsThereKeepsOffAPresetsLearningRate() throws {
    var resolver = ConfigurationResolver()
    resolver.read(preset: "nano", place: "--preset")
    var resolved = try resolver.finish()
    try resolved.adoptModel(of: RunConfiguration(), path: "a.h5")
    #expect(resolved.values.schedule.learningRate == 3e-4)
    #expect(resolved.values.model.embeddingWidth == 384)
    resolver.read(setting: "schedule.learning_rate=1e-3")
    resolved = try resolver.finish()
    try resolved.adoptModel(of: RunConfiguration(), path: "a.h5")
    #expect(resolved.values.schedule.learningRate == 1e-3)
  }

  @Test func aPresetFlagTakesThePlaceOfTheFiles() throws {
    var resolver = ConfigurationResolver()
    try resolver.read(
      file: "{ preset: 'nano', model: { n_layer: 2 } }", path: "my.json", preset: "small")
    let model = try resolver.finish().values.model
    #expect(model.layerCount == 2 && model.embeddingWidth == 512)
  }

  @Test(arguments: [
    ("tokenizer.path", "null", JSONValue.null), ("tokenizer.path", "a b", .string("a b")),
    ("data.validation", "0.2", .number(0.2)), ("data.validation", "v.txt", .string("v.txt")),
    ("data.dataset", "1984", .string("1984")), ("model.bias", "false", .boolean(false)),
    ("training.micro_batch_size", "2", .number(2)), ("training.epochs", "null", .null),
    ("optimizer.epsilon", "1e-6", .number(1e-6)),
  ])
  func flagsAreTextsThatBecomeValues(_ path: String, _ text: String, _ value: JSONValue) throws {
    var resolver = ConfigurationResolver()
    resolver.read(setting: "\(path)=\(text)")
    let key = try #require(ConfigurationKey.named(path))
    let resolved = try resolver.finish()
    #expect(key.value(in: resolved.values) == value)
    #expect(resolved.source(of: path) == .flag("--set"))
  }
}
