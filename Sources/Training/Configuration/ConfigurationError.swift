// What is wrong with a configuration: everything at once, each with its place and the way out.

package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// One fault of one value. `place` says who gave it: a file and line, a flag, a variable.
  package struct Fault: Sendable, Equatable {
    package let place: String
    package let message: String

    package init(place: String, message: String) {
      self.place = place
      self.message = message
    }
  }

  case faults([Fault])
  case notFound(name: String, tried: [String])
  case unreadable(path: String, reason: String)
  case syntax(path: String, line: Int, column: Int, reason: String)
  /// No choices: it must not be another.
  case batchDoesNotDivide(batchSize: Int, ranks: Int, choices: [Int])
  case microBatchDoesNotDivide(microBatchSize: Int, share: Int, ranks: Int, choices: [Int])
  /// One forward pass keeps this many activations.
  case passTooLarge(sequences: Int, tokens: Int, billionActivations: Int)
  /// What a rank keeps of the model for training, times the ranks of a node.
  case modelTooLarge(parameterCount: Int, nodeSize: Int, neededBytes: Int, presentBytes: Int)
  /// A resumed run would not be the run that was saved.
  case resumeDiffers(checkpoint: String, differences: [Difference])

  /// A setting that a resumed run must keep.
  package struct Difference: Sendable, Equatable {
    package let key: String
    package let stored: String
    package let present: String
    /// Who gave the present value, where a user did.
    package let source: ValueSource?

    package init(key: String, stored: String, present: String, source: ValueSource? = nil) {
      self.key = key
      self.stored = stored
      self.present = present
      self.source = source
    }
  }

  /// One line for each fault.
  package var description: String {
    switch self {
    case .faults(let faults):
      faults.map { "\($0.place): \($0.message)" }.joined(separator: "\n")
    case .notFound(let name, let tried):
      "\(name): there is no such configuration file; looked for \(tried.joined(separator: ", "))"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .syntax(let path, let line, let column, let reason):
      "\(path):\(line):\(column): \(reason)"
    case .batchDoesNotDivide(let batchSize, let ranks, let choices):
      "training.batch_size: \(batchSize) sequences do not divide among \(ranks) ranks; try "
        + (choices.isEmpty ? "" : "\(Self.list(choices)), or ") + "another number of ranks"
    case .microBatchDoesNotDivide(let size, let share, let ranks, let choices):
      "training.micro_batch_size: \(size) does not divide the \(share) sequences of "
        + (ranks == 1 ? "a step" : "each of \(ranks) ranks") + "; try \(Self.list(choices))"
    case .passTooLarge(let sequences, let tokens, let billionActivations):
      "training.micro_batch_size: a pass of \(sequences) sequences of \(tokens) tokens keeps "
        + "\(billionActivations) billion activations and fits no machine; set a smaller one"
    case .modelTooLarge(let count, let nodeSize, let needed, let present):
      "model.n_embd: parameters, gradients and moments of \(count) parameters take "
        + "\(needed >> 20) MiB for \(nodeSize) rank\(nodeSize == 1 ? "" : "s") on this machine, "
        + "which has \(present >> 20) MiB; choose a smaller model or fewer ranks"
    case .resumeDiffers(let checkpoint, let differences):
      differences.map {
        "\(checkpoint): \($0.key): \($0.stored) in the checkpoint but \($0.present) now"
          + ($0.source.map { " (\($0))" } ?? "") + "; set it back, or start anew with another --out"
      }.joined(separator: "\n")
    }
  }

  static func list(_ choices: [Int]) -> String {
    let texts = choices.map(String.init)
    guard let last = texts.last, texts.count > 1 else { return texts.first ?? "another" }
    return texts.dropLast().joined(separator: ", ") + " or " + last
  }
}
