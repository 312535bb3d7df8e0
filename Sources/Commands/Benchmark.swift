// `trainer benchmark`: how fast training steps are, on random tokens.
import ArgumentParser
import Communication
import Models
import Reporting
import Tensors
import Training

struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time training steps on random tokens; nothing is written.",
    discussion: """
      Of a configuration file everything that a step depends on is taken; its text is read \
      only for its tokenizer's size, for which model.vocab_size stands in where there is no \
      text. TRAINER_ variables count as in training.

      peak_rss_bytes is the sum over all ranks, in which memory that ranks share counts once.
      communication_seconds is that of the rank that waits least for others, in a median step.
      """)

  @Option(
    help: ArgumentHelp(
      "Configuration file of the run whose steps are timed.",
      discussion: "Looked for as given, in ./configs, and beside the installed binary.",
      valueName: "file"))
  var config: String?
  @Option(help: "Shape of the model: nano, micro or small; without a file, micro.")
  var preset: String?
  @Option(help: "Global batch in sequences, shared out among the ranks; without a file, 4.")
  var batch: Int?
  @Option(help: "Tokens in a sequence; without a file, 1024.")
  var sequence: Int?
  @Option(help: "Arithmetic of the matrix products: auto (if nothing is said), fp32 or bf16.")
  var precision: String?
  @Option(help: "How ranks sum gradients: sharded (if nothing is said) or allreduce.")
  var gradientSync: String?
  @Option(help: "Steps that are timed, after two that are not.")
  var steps = 5
  @Option(help: "Probability of dropout; without a file, 0.")
  var dropout: Float?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set any other key, such as model.n_layer=5.", valueName: "section.key=value"))
  var settings: [String] = []
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("--batch \(batch): at least 1") }
    if let sequence, sequence < 1 { throw ValidationError("--sequence \(sequence): at least 1") }
    guard 1...100_000 ~= steps else { throw ValidationError("--steps \(steps): 1 to 100000") }
    if let dropout, !(dropout >= 0 && dropout < 1) {
      throw ValidationError("--dropout \(dropout): from 0 to below 1")
    }
  }

  func run() throws {
    Session.run { session in
      let (result, phases) = try measure(session)
      if session.communicator.isCoordinator {
        try StandardOutput.printLine(result.text(json: json))
        if !json { try StandardOutput.printLine("\n" + phases.text) }
      }
      return .done
    }
  }
}
