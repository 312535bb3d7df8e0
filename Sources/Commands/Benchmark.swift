// `trainer benchmark`: how fast training steps are, on random tokens.
import ArgumentParser
import Communication
import Models
import Reporting
import Tensors
import Training

struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time training steps on random tokens; nothing is read or written.",
    discussion: """
      peak_rss_bytes is the sum over all ranks, in which memory that ranks share counts once.
      communication_seconds is that of the rank that waits least for others, in a median step.
      """)

  @Option(help: "Shape of the model: nano, micro or small.")
  var preset = "micro"
  @Option(help: "Global batch in sequences; shared out among the ranks.")
  var batch = 4
  @Option(help: "Tokens in a sequence.")
  var sequence = 1_024
  @Option(help: "Arithmetic of the matrix products: auto, fp32 or bf16.")
  var precision = Precision.auto.rawValue
  @Option(help: "How ranks sum gradients: sharded or allreduce.")
  var gradientSync = GradientSync.sharded.rawValue
  @Option(help: "Steps that are timed, after two that are not.")
  var steps = 5
  @Option(help: "Probability of dropout.")
  var dropout: Float = 0
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set any other key of the model, such as model.n_layer=5.", valueName: "section.key=value"))
  var settings: [String] = []
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard batch >= 1 else { throw ValidationError("--batch \(batch): at least 1") }
    guard sequence >= 1 else { throw ValidationError("--sequence \(sequence): at least 1") }
    guard 1...100_000 ~= steps else { throw ValidationError("--steps \(steps): 1 to 100000") }
    guard dropout >= 0 && dropout < 1 else {
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
