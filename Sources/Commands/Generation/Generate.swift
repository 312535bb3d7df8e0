// `trainer generate`: text from a trained model.
import ArgumentParser
import Communication
import Models
import Tensors
import Text
import Training

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write text with a trained model.",
    discussion: """
      The text goes to standard output as it is written. Texts may grow longer than the model's \
      context; it then sees the last part. Tokens are chosen by repetition penalty, temperature, \
      top-k, top-p and min-p, in this order. Ctrl-C ends a text.
      """)

  @OptionGroup var source: TextModelOptions
  @OptionGroup var beginning: PromptOptions
  @OptionGroup var options: SamplingOptions
  @Option(parsing: .unconditional, help: "Number of texts.")
  var numSamples = 1
  @Flag(inversion: .prefixedNo, help: "Print the prompt before the text.")
  var echo = true
  @Flag(
    name: .shortAndLong,
    help: "Take a prompt from each line of standard input, until exit or Ctrl-D.")
  var interactive = false
  @Flag(help: "Write from several prompts, each with settings of its own.")
  var demo = false
  @Flag(
    inversion: .prefixedNo,
    help: "Say at the end how fast it went; if neither is given, on a terminal.")
  var summary: Bool?
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard numSamples >= 1 else { throw ValidationError("--num-samples \(numSamples): at least 1") }
    guard !interactive || !beginning.isGiven else {
      throw ValidationError("--interactive reads its prompts: leave out --prompt")
    }
    guard !interactive || !json else {
      throw ValidationError("--interactive and --json do not go together")
    }
    guard !demo || !(beginning.isGiven || interactive || options.chooses) else {
      throw ValidationError(
        "--demo has prompts and settings of its own: leave out those and --interactive")
    }
  }

  func run() throws {
    Session.run { session in
      Interrupt.watch()
      // One process writes; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let model = try source.load(session.team)
        var run = GenerationRun(self, model, session)
        if interactive {
          try run.converse()
        } else if demo {
          try run.demonstrate()
        } else {
          try run.write(beginning.read())
        }
        try run.finish()
        return []
      }
      return Interrupt.isPending ? .interrupted : .done
    }
  }
}
