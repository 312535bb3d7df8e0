// What a user is told about a configuration that is wrong.
import Testing
import Training

struct ConfigurationFaultTests {
  /// The lines of the message; none if the configuration is fine.
  private func faults(_ json: String, settings: [String] = []) -> [String] {
    faults { resolver throws(ConfigurationError) in
      try resolver.read(file: json, path: "my.json", preset: nil)
      for setting in settings { resolver.read(setting: setting) }
    }
  }

  private func faults(
    _ read: (inout ConfigurationResolver) throws(ConfigurationError) -> Void
  ) -> [String] {
    do throws(ConfigurationError) {
      var resolver = ConfigurationResolver()
      try read(&resolver)
      _ = try resolver.finish()
      return []
    } catch {
      return error.description.split(separator: "\n").map(String.init)
    }
  }

  @Test(arguments: [
    ("model", "n_ctx", "model.n_positions"), ("model", "block_size", "model.n_positions"),
    ("training", "lr", "schedule.learning_rate"), ("training", "max_iters", "training.max_steps"),
    ("model", "n_layers", "model.n_layer"), ("model", "n_hed", "model.n_head"),
    ("training", "learning_rate", "schedule.learning_rate"),
    ("optimizer", "grad_clip", "optimizer.gradient_clip"),
    ("training", "batchsize", "training.batch_size"),
  ])
  func anUnknownKeyIsToldTheNearest(_ section: String, _ key: String, _ meant: String) {
    #expect(
      faults("{\n \(section): {\n  \(key): 1 } }")
        == ["my.json:3: \(section).\(key): unknown key; did you mean \(meant)?"])
  }

  @Test func unknownSectionsAndStrayKeysAreToldWhereTheyBelong() {
    #expect(
      faults("{ modle: {}, n_embd: 3,\n lr: 1 }") == [
        "my.json:1: modle: unknown section; did you mean model?",
        "my.json:1: n_embd: unknown at the top level; it belongs into a section: model.n_embd",
        "my.json:2: lr: unknown; did you mean schedule.learning_rate?",
      ])
  }

  @Test func wrongTypesNameBothTypes() {
    #expect(
      faults("{ model: { n_layer: 'six', bias: 1, n_embd: null, dropout: [0.1] }, data: 3 }") == [
        "my.json: model.n_layer: a text (\"six\") is not allowed; it takes a whole number "
          + "from 1 to 1000",
        "my.json: model.bias: a number (1) is not allowed; it takes true or false",
        "my.json: model.n_embd: null (null) is not allowed; it takes a whole number "
          + "from 1 to 65536",
        "my.json: model.dropout: a list ([0.1]) is not allowed; it takes a number from 0 "
          + "to 0.99",
        "my.json: data: a number where an object should be",
      ])
  }

  @Test(arguments: [
    ("model", "n_layer", "0", "it takes a whole number from 1 to 1000"),
    ("model", "n_layer", "2.5", "it takes a whole number from 1 to 1000"),
    ("model", "n_layer", "1e300", "it takes a whole number from 1 to 1000"),
    ("model", "vocab_size", "10000001", "it takes a whole number from 1 to 10000000 or null"),
    ("model", "dropout", "1", "it takes a number from 0 to 0.99"),
    ("optimizer", "epsilon", "0", "it takes a number from 1e-30 to 1"),
    ("training", "epochs", "0", "it takes a number above 0 to 1000000000 or null"),
    ("training", "seed", "2147483648", "it takes a whole number from 0 to 2147483647"),
    (
      "data", "validation", "1", "it takes a number above 0 to below 1, the path of a file, or null"
    ),
    ("model", "activation", "\"swish\"", #"it takes "gelu_tanh" or "gelu_erf" or "relu""#),
  ])
  func aRangeIsShown(_ section: String, _ key: String, _ value: String, _ allowed: String) {
    let shown = value == "1e300" ? "1e+300" : value
    #expect(
      faults("{ \(section): { \(key): \(value) } }")
        == ["my.json: \(section).\(key): \(shown) is out of range; \(allowed)"])
  }

  @Test func faultsOfAllLayersComeTogether() {
    let lines = faults { resolver throws(ConfigurationError) in
      try resolver.read(
        file: "{ preset: 'huge', model: { n_layer: 0 } }", path: "my.json", preset: nil)
      resolver.read(environment: ["TRAINER_TRAINING_MAX_STEPS": "many"])
      resolver.read(key: "training.batch_size", text: "0", flag: "--batch-size")
      resolver.read(setting: "training.seed")
      resolver.read(setting: "training.sed=3")
    }
    #expect(
      lines == [
        "my.json: preset: no \"huge\"; there are nano, micro, small",
        "my.json: model.n_layer: 0 is out of range; it takes a whole number from 1 to 1000",
        "TRAINER_TRAINING_MAX_STEPS: training.max_steps: a text (\"many\") is not allowed; "
          + "it takes a whole number from 1 to 1000000000",
        "--batch-size: training.batch_size: 0 is out of range; it takes a whole number "
          + "from 1 to 1000000",
        "--set training.seed: write section.key=value",
        "--set: training.sed: unknown key; did you mean training.seed?",
      ])
  }

  /// A text like any other, which no fault may call by another name.
  @Test(arguments: ["nan", "inf", "-infinity"]) func noNumberIsAPath(_ text: String) throws {
    var resolver = ConfigurationResolver()
    resolver.read(key: "data.validation", text: text, flag: "--set")
    #expect(try resolver.finish().values.data.validation == .file(path: text))
  }

  @Test func rulesBetweenKeysSuggestValues() {
    #expect(
      faults(
        "{ model: { n_head: 7, head_bias: true }, schedule: { min_learning_rate: 1 } }",
        settings: ["data.stride=1.5"])
        == [
          "my.json: model.n_head: 7 does not divide n_embd 384; try 6 or 8",
          "my.json: model.head_bias: a head that shares the embedding has no bias; "
            + "set tie_embeddings false",
          "my.json: schedule.min_learning_rate: 1.0 is above learning_rate 0.0003; lower it, or "
            + "raise learning_rate",
          "--set: data.stride: 1.5 is no whole number of tokens; a fraction is below 1",
        ])
  }

  @Test func aKeyThatStandsTwiceIsRefused() {
    #expect(
      faults("{\n model: {\n  n_layer: 1,\n  \"n_layer\": 2 } }")
        == ["my.json:4:3: this key stands twice in its section"])
  }

  @Test(arguments: [
    ("{\n  model: {\n    n_layer 3", "my.json:3:13: '3' where ':' should be"),
    ("{ model: { n_layer: 3 }", "my.json:1:24: the file ends before ',' or '}'"),
    ("{\n\n  data: 'x", "my.json:3:9: a text that never ends"),
    ("{ /* open", "my.json:1:3: a comment that never ends"),
    ("{} {}", "my.json:1:4: text after the end of the value"),
    ("{ model: nan }", "my.json:1:10: 'nan' is not a value; texts stand in quotes"),
    ("[1]", "my.json:1:1: the file must hold one object"),
    ("", "my.json:1:1: the file ends before a value"),
  ])
  func syntaxFaultsHaveLineAndColumn(_ text: String, _ message: String) {
    #expect(faults(text) == [message])
  }

  @Test func modelsBeyondAnyMachineAreRefused() {
    #expect(
      faults("{ model: { n_embd: 65536, n_head: 64, n_layer: 1000, vocab_size: 10000000 } }")
        == ["my.json: model.n_embd: a model of 52195 billion parameters fits no machine"])
  }

  @Test func aBatchThatDoesNotDivideNamesSizesThatDo() throws {
    var values = RunConfiguration()
    values.training.batchSize = 10
    #expect(
      message { () throws(ConfigurationError) in _ = try values.batchShare(ranks: 3) }
        == "training.batch_size: 10 sequences do not divide among 3 ranks; try 9 or 12, "
        + "or another number of ranks")
    #expect(
      message { () throws(ConfigurationError) in _ = try values.batchShare(ranks: 16) }
        == "training.batch_size: 10 sequences do not divide among 16 ranks; try 16, "
        + "or another number of ranks")
    values.training.microBatchSize = 4
    #expect(
      message { () throws(ConfigurationError) in _ = try values.batchShare(ranks: 1) }
        == "training.micro_batch_size: 4 does not divide the 10 sequences of a step; try 2 or 5")
    #expect(
      message { () throws(ConfigurationError) in _ = try values.batchShare(ranks: 2) }
        == "training.micro_batch_size: 4 does not divide the 5 sequences of each of 2 ranks; "
        + "try 1 or 5")
    // It is a limit, and one rank's share may lie below.
    for limit in [5, 6, 10, 100] {
      values.training.microBatchSize = limit
      #expect(try values.batchShare(ranks: 2) == BatchShare(perRank: 5, micro: 5))
    }
  }

  /// Sizes that would overflow are told, not computed with.
  @Test func aPassBeyondAnyMachineIsRefused() throws {
    var values = RunConfiguration()
    values.model.contextLength = 1_048_576
    values.model.layerCount = 1_000
    values.training.batchSize = 1_000_000
    #expect(
      message { () throws(ConfigurationError) in _ = try values.batchShare(ranks: 2) }
        == "training.micro_batch_size: a pass of 500000 sequences of 1048576 tokens keeps "
        + "3422552064 billion activations and fits no machine; set a smaller one")
    values.training.microBatchSize = 1
    values.model.layerCount = 6
    #expect(try values.batchShare(ranks: 2).micro == 1)
  }

  private func message(_ body: () throws(ConfigurationError) -> Void) -> String {
    do throws(ConfigurationError) {
      try body()
      return ""
    } catch { return error.description }
  }
}
