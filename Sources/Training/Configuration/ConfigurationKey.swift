// The one table of configuration keys: JSON name, type, range, meaning, and where the value lives.
import Models
import Text

/// A key of the configuration, such as `model.n_layer`.
package struct ConfigurationKey: Sendable {
  /// Type and allowed values.
  package enum Kind: Sendable, Equatable {
    case integer(ClosedRange<Int>, optional: Bool)
    /// - Parameter upperIsOpen: whether the upper bound itself is not allowed.
    case number(ClosedRange<Double>, lowerIsOpen: Bool, upperIsOpen: Bool, optional: Bool)
    case boolean
    case text(optional: Bool)
    case choice([String])
    /// A fraction between 0 and 1, the path of a file, or null.
    case fractionOrPath
  }

  package let path: String
  package let kind: Kind
  package let help: String
  /// Whether a resumed run may have another value.
  package let mayChange: Bool
  /// The value as JSON.
  let get: @Sendable (RunConfiguration) -> JSONValue
  /// Sets a value that `kind` allows.
  let set: @Sendable (inout RunConfiguration, JSONValue) -> Void

  /// The value as JSON.
  package func value(in configuration: RunConfiguration) -> JSONValue { get(configuration) }

  package var section: String { String(path.prefix { $0 != "." }) }
  package var name: String { String(path.drop { $0 != "." }.dropFirst()) }

  package static func named(_ path: String) -> ConfigurationKey? { all.first { $0.path == path } }

  /// All keys, section by section in the order in which they are written.
  package static let all: [ConfigurationKey] =
    modelKeys + dataKeys + optimizationKeys + trainingKeys + recordKeys

  private typealias Path<Value> = any WritableKeyPath<RunConfiguration, Value> & Sendable

  private static let modelKeys: [ConfigurationKey] = [
    choice("model.architecture", \.model.architecture, ["gpt"], "Architecture"),
    integer("model.n_layer", \.model.layerCount, 1...1_000, "Transformer blocks"),
    integer("model.n_head", \.model.headCount, 1...1_024, "Attention heads; divides n_embd"),
    integer("model.n_embd", \.model.embeddingWidth, 1...65_536, "Width of the residual stream"),
    integer(
      "model.n_positions", \.model.contextLength, 1...1_048_576, "Tokens of a training sequence"),
    integer(
      "model.vocab_size", \.model.vocabularySize, 1...10_000_000,
      "Rows of the token embedding; null: as many as the tokenizer has"),
    number("model.dropout", \.model.dropout, 0...0.99, "Probability of dropout"),
    boolean("model.bias", \.model.bias, "Biases in linear layers and norms"),
    choice(
      "model.activation", \.model.activation,
      ModelConfiguration.Activation.allCases.map(\.rawValue), "Feed-forward activation"),
    boolean("model.tie_embeddings", \.model.tiedEmbeddings, "Head shares the token embedding"),
    boolean("model.head_bias", \.model.headBias, "Bias of a head of its own"),
  ]

  private static let dataKeys: [ConfigurationKey] = [
    // A resumed run may find its text under another name: what it reads is compared, byte for byte.
    text("data.dataset", \.data.dataset, mayChange: true, "A dataset's name or a text file"),
    ConfigurationKey(
      path: "data.validation", kind: .fractionOrPath,
      help: "Fraction of the text, or a text file, for validation; null: the dataset's own "
        + "validation file, else a tenth", mayChange: true,
      get: {
        switch $0.data.validation {
        case .standard: .null
        case .fraction(let fraction): .number(fraction)
        case .file(let path): .string(path)
        }
      },
      set: {
        switch $1 {
        case .number(let fraction): $0.data.validation = .fraction(fraction)
        case .string(let path): $0.data.validation = .file(path: path)
        default: $0.data.validation = .standard
        }
      }),
    choice(
      "data.window", \.data.window, WindowSampler.Order.allCases.map(\.rawValue),
      "permutation: every window once an epoch; random: windows at random places"),
    optionalNumber(
      "data.stride", \.data.stride, 0...1_048_576, lowerIsOpen: true, mayChange: false,
      "Tokens between the starts of windows; below 1: a fraction of the window; null: side by side"),
    choice(
      "data.documents", \.data.documents, WindowLayout.Documents.allCases.map(\.rawValue),
      "join: windows span documents; pad: short documents leave the rest of a window empty"),
    choice(
      "tokenizer.kind", \.tokenizer.kind, TokenizerChoice.allCases.map(\.rawValue), "Tokenizer"),
    ConfigurationKey(
      path: "tokenizer.path", kind: .text(optional: true),
      help: "A tokenizer's file or folder; null: made from the text, or GPT-2's of the cache",
      mayChange: true,
      get: { $0.tokenizer.path.map(JSONValue.string) ?? .null },
      set: { $0.tokenizer.path = $1.text }),
    integer(
      "tokenizer.vocab_size", \.tokenizer.vocabularySize, 1...10_000_000,
      "Tokens at most of a tokenizer made from the text (bpe, word); null: 8000 or 10000"),
    integer(
      "tokenizer.min_frequency", \.tokenizer.minimumFrequency, 1...1_000_000_000,
      "What is rarer in the text gets no token (bpe, word); null: 2"),
    boolean(
      "tokenizer.common_words", \.tokenizer.commonWords,
      "A word tokenizer knows common English words in any case"),
  ]

  private static let optimizationKeys: [ConfigurationKey] = [
    number("optimizer.beta1", \.optimizer.beta1, 0...0.999_999, "AdamW's beta1"),
    number("optimizer.beta2", \.optimizer.beta2, 0...0.999_999, "AdamW's beta2"),
    number(
      "optimizer.epsilon", \.optimizer.epsilon, 1e-30...1, "AdamW's epsilon"),
    number("optimizer.weight_decay", \.optimizer.weightDecay, 0...10, "Decoupled weight decay"),
    number(
      "optimizer.gradient_clip", \.optimizer.gradientClip, 0...1e9,
      "Limit of the gradient's global norm; 0: none"),
    number(
      "schedule.learning_rate", \.schedule.learningRate, 0...100, lowerIsOpen: true,
      mayChange: true, "Highest learning rate"),
    optionalNumber(
      "schedule.min_learning_rate", \.schedule.minimumLearningRate, 0...100,
      "Learning rate at the end of the decay; null: a tenth of learning_rate"),
    integer(
      "schedule.warmup_steps", \.schedule.warmupSteps, 0...1_000_000_000, mayChange: true,
      "Steps of linear warmup"),
    integer(
      "schedule.decay_steps", \.schedule.decaySteps, 1...1_000_000_000, mayChange: true,
      "Step at which the decay ends; null: the last step of the run's start"),
  ]

  private static let trainingKeys: [ConfigurationKey] = [
    integer(
      "training.batch_size", \.training.batchSize, 1...1_000_000,
      "Sequences of a step, over all ranks"),
    integer(
      "training.micro_batch_size", \.training.microBatchSize, 1...1_000_000, mayChange: true,
      "Sequences of one forward pass of a rank, at most; null: its whole share"),
    integer(
      "training.max_steps", \.training.maxSteps, 1...1_000_000_000, mayChange: true, "Updates"),
    optionalNumber(
      "training.epochs", \.training.epochs, 0...1e9, lowerIsOpen: true,
      "Passes over the text, if that is fewer steps than max_steps; null: no limit"),
    integer(
      "training.max_tokens", \.training.maxTokens, 1...1_000_000_000_000_000, mayChange: true,
      "Tokens to train on, if that is fewer steps than max_steps; null: no limit"),
    ConfigurationKey(
      path: "training.max_time", kind: .text(optional: true),
      help: "Time after which to save and end, such as 1h30m; null: no limit", mayChange: true,
      get: { $0.training.maxTime.map(JSONValue.string) ?? .null },
      set: { $0.training.maxTime = $1.text }),
    integer(
      "training.evaluate_every", \.training.evaluateEvery, 0...1_000_000_000, mayChange: true,
      "Steps between evaluations; 0: at the end only"),
    choice(
      "training.evaluate_protocol", \.training.evaluateProtocol,
      EvaluationProtocol.allCases.map(\.rawValue), mayChange: true,
      "windows: the whole validation text; random: some windows, as nanoGPT"),
    integer(
      "training.evaluate_batches", \.training.evaluateBatches, 1...1_000_000, mayChange: true,
      "Batches of an evaluation by the random protocol"),
    integer("training.seed", \.training.seed, 0...Int(Int32.max), "Seed of everything random"),
    choice(
      "training.precision", \.training.precision, Precision.allCases.map(\.rawValue),
      "Arithmetic of matrix products"),
    choice(
      "training.recompute", \.training.recompute, Recompute.allCases.map(\.rawValue),
      mayChange: true,
      "What is computed twice to need less memory: nothing, attention, or whole blocks"),
    choice(
      "training.gradient_sync", \.training.gradientSync, GradientSync.allCases.map(\.rawValue),
      mayChange: true,
      "sharded: ranks of a node share parameters and moments; allreduce: each has its own"),
  ]

  private static let recordKeys: [ConfigurationKey] = [
    integer(
      "checkpoint.save_every", \.checkpoint.saveEvery, 0...1_000_000_000, mayChange: true,
      "Steps between checkpoints; 0: at the end only"),
    integer(
      "checkpoint.keep", \.checkpoint.keep, 1...1_000_000, mayChange: true,
      "Step files that stay, besides the best"),
    integer(
      "logging.log_every", \.logging.logEvery, 1...1_000_000_000, mayChange: true,
      "Steps between log lines"),
  ]

  private static func integer(
    _ path: String, _ place: Path<Int>, _ range: ClosedRange<Int>, mayChange: Bool = false,
    _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .integer(range, optional: false), help: help, mayChange: mayChange,
      get: { .number(Double($0[keyPath: place])) },
      set: { if let value = $1.integer { $0[keyPath: place] = value } })
  }

  private static func integer(
    _ path: String, _ place: Path<Int?>, _ range: ClosedRange<Int>, mayChange: Bool = false,
    _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .integer(range, optional: true), help: help, mayChange: mayChange,
      get: { $0[keyPath: place].map { .number(Double($0)) } ?? .null },
      set: { $0[keyPath: place] = $1.integer })
  }

  private static func number(
    _ path: String, _ place: Path<Double>, _ range: ClosedRange<Double>, lowerIsOpen: Bool = false,
    upperIsOpen: Bool = false, mayChange: Bool = false, _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path,
      kind: .number(range, lowerIsOpen: lowerIsOpen, upperIsOpen: upperIsOpen, optional: false),
      help: help, mayChange: mayChange, get: { .number($0[keyPath: place]) },
      set: { if let value = $1.double { $0[keyPath: place] = value } })
  }

  /// One that a resumed run may change.
  private static func optionalNumber(
    _ path: String, _ place: Path<Double?>, _ range: ClosedRange<Double>, lowerIsOpen: Bool = false,
    mayChange: Bool = true, _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path,
      kind: .number(range, lowerIsOpen: lowerIsOpen, upperIsOpen: false, optional: true),
      help: help, mayChange: mayChange,
      get: { $0[keyPath: place].map(JSONValue.number) ?? .null },
      set: { $0[keyPath: place] = $1.double })
  }

  private static func boolean(
    _ path: String, _ place: Path<Bool>, _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .boolean, help: help, mayChange: false,
      get: { .boolean($0[keyPath: place]) },
      set: { if case .boolean(let value) = $1 { $0[keyPath: place] = value } })
  }

  private static func text(
    _ path: String, _ place: Path<String>, mayChange: Bool = false, _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .text(optional: false), help: help, mayChange: mayChange,
      get: { .string($0[keyPath: place]) },
      set: { if let value = $1.text { $0[keyPath: place] = value } })
  }

  private static func choice(
    _ path: String, _ place: Path<String>, _ choices: [String], mayChange: Bool = false,
    _ help: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .choice(choices), help: help, mayChange: mayChange,
      get: { .string($0[keyPath: place]) },
      set: { if let value = $1.text { $0[keyPath: place] = value } })
  }
}
