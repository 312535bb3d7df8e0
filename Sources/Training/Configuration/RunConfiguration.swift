// What a run is: every setting with its default. `ConfigurationKey.all` gives them their JSON names.
import Models
import Tensors
import Text

/// The complete configuration of a training run.
package struct RunConfiguration: Sendable, Equatable {
  package struct Model: Sendable, Equatable {
    package var architecture = "gpt"
    package var layerCount = 6
    package var headCount = 6
    package var embeddingWidth = 384
    package var contextLength = 1_024
    /// Nil for as many as the tokenizer has.
    package var vocabularySize: Int?
    package var dropout = 0.1
    package var bias = true
    package var activation = ModelConfiguration.Activation.geluTanh.rawValue
    package var tiedEmbeddings = true
    package var headBias = false
  }

  package struct Data: Sendable, Equatable {
    package var dataset = Dataset.shakespeare.name
    package var validation = ValidationPart.standard
    package var window = WindowSampler.Order.permutation.rawValue
    /// Tokens between the starts of windows, or below 1 that fraction of a window; nil for windows
    /// side by side.
    package var stride: Double?
    package var documents = WindowLayout.Documents.join.rawValue
  }

  package struct Tokenizer: Sendable, Equatable {
    package var kind = TokenizerChoice.gpt2.rawValue
    /// A tokenizer that is there already; nil for one made from the text, or GPT-2's of the cache.
    package var path: String?
    /// Tokens at most of one that is made; nil for what its kind usually has.
    package var vocabularySize: Int?
    /// What is rarer in the text gets no token; nil for what its kind usually takes.
    package var minimumFrequency: Int?
    /// Whether a word tokenizer knows common English words in any case.
    package var commonWords = false
  }

  package struct Optimizer: Sendable, Equatable {
    package var beta1 = 0.9
    package var beta2 = 0.95
    package var epsilon = 1e-8
    package var weightDecay = 0.1
    /// Limit of the gradient's global norm; 0 for none.
    package var gradientClip = 1.0
  }

  package struct Schedule: Sendable, Equatable {
    package var learningRate = 3e-4
    /// Nil for a tenth of `learningRate`.
    package var minimumLearningRate: Double?
    package var warmupSteps = 50
    /// Nil for the number of steps that the run starts with.
    package var decaySteps: Int?
  }

  package struct Training: Sendable, Equatable {
    /// Sequences of a step over all ranks.
    package var batchSize = 4
    /// Sequences of one forward pass; nil for a rank's whole share.
    package var microBatchSize: Int?
    package var maxSteps = 500
    package var epochs: Double?
    /// Tokens of all windows, padding included.
    package var maxTokens: Int?
    /// A length of time, as `TimeText` reads it, from the start of the process.
    package var maxTime: String?
    /// 0 for the end only.
    package var evaluateEvery = 100
    package var evaluateProtocol = EvaluationProtocol.windows.rawValue
    /// Random batches of an evaluation by the random protocol.
    package var evaluateBatches = 20
    package var seed = 1_337
    package var precision = Precision.auto.rawValue
    package var recompute = Recompute.none.rawValue
    package var gradientSync = GradientSync.sharded.rawValue
  }

  package struct Checkpoint: Sendable, Equatable {
    /// 0 for the end only.
    package var saveEvery = 100
    package var keep = 2
  }

  package struct Logging: Sendable, Equatable {
    package var logEvery = 1
  }

  package var model = Model()
  package var data = Data()
  package var tokenizer = Tokenizer()
  package var optimizer = Optimizer()
  package var schedule = Schedule()
  package var training = Training()
  package var checkpoint = Checkpoint()
  package var logging = Logging()

  package init() {}
}

/// How text becomes tokens.
package enum TokenizerChoice: String, Sendable, CaseIterable {
  /// GPT-2's byte-level BPE.
  case gpt2
  /// One token per character of the training text.
  case character
  /// Lower-cased words of the training text.
  case word
  /// Byte-level BPE made from the training text, or one that is there already.
  case bpe

  /// The vocabulary's size where it is known before any text is read.
  package var knownVocabularySize: Int? { self == .gpt2 ? 50_257 : nil }

  package var kind: TokenizerKind {
    switch self {
    case .gpt2, .bpe: .bpe
    case .character: .character
    case .word: .word
    }
  }
}

/// Which windows a validation loss is measured on.
package enum EvaluationProtocol: String, Sendable, CaseIterable {
  /// The whole text, window beside window.
  case windows
  /// Some windows at random places, as nanoGPT does.
  case random
}

/// Arithmetic of matrix products.
package enum Precision: String, Sendable, CaseIterable {
  /// bf16 where the CPU multiplies 16-bit values in hardware, faster than floats; else fp32.
  case auto
  case fp32
  /// Factors of products are bfloat16; sums and everything else stay fp32.
  case bf16

  /// What a run takes.
  /// - Parameter halfIsFast: whether the CPUs multiply in bf16 faster than in fp32.
  package func settled(halfIsFast: Bool = HalfMultiply.best.isFast) -> Precision {
    self == .auto ? (halfIsFast ? .bf16 : .fp32) : self
  }

  package var products: ProductPrecision { settled() == .bf16 ? .half : .single }
}

/// How gradients are summed over ranks.
package enum GradientSync: String, Sendable, CaseIterable {
  /// The ranks of a node share parameters and moments; each sums and updates its part of them.
  case sharded
  /// Every rank has parameters and moments of its own, and the whole sum.
  case allreduce
}
