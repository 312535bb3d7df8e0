// `trainer generate`: text from a trained model.
import ArgumentParser
import Communication
import FoundationEssentials
import Models
import Tensors
import Text
import Training

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write text with a trained model.",
    discussion: "The text goes to standard output as it is written. Texts may grow longer than the "
      + "model's context; it then sees the last part.")

  @OptionGroup var source: TextModelOptions
  // Unconditional: a value may begin with a dash.
  @Option(parsing: .unconditional, help: "How the text begins.")
  var prompt: String?
  @Option(help: ArgumentHelp("File that holds how the text begins.", valueName: "file"))
  var promptFile: String?
  @Option(parsing: .unconditional, help: "Tokens to write.")
  var maxNewTokens = 256
  @Option(
    parsing: .unconditional,
    help: "Below 1: safer words, above: bolder ones; 0: always the likeliest.")
  var temperature = 0.8
  @Option(parsing: .unconditional, help: "Choose among the k likeliest tokens only.")
  var topK: Int?
  @Option(
    parsing: .unconditional,
    help: "Choose among the likeliest tokens that reach this probability together.")
  var topP = 1.0
  @Option(parsing: .unconditional, help: "The same seed gives the same text.")
  var seed = 1_337
  @Option(parsing: .unconditional, help: "Number of texts.")
  var numSamples = 1

  func validate() throws {
    guard prompt == nil || promptFile == nil else {
      throw ValidationError("give --prompt or --prompt-file, not both")
    }
    guard maxNewTokens >= 1 else {
      throw ValidationError("--max-new-tokens \(maxNewTokens): at least 1")
    }
    guard temperature >= 0 && temperature.isFinite else {
      throw ValidationError("--temperature \(temperature): from 0")
    }
    guard topK ?? 1 >= 1 else { throw ValidationError("--top-k \(topK ?? 0): at least 1") }
    guard topP > 0 && topP <= 1 else {
      throw ValidationError("--top-p \(topP): above 0, to 1")
    }
    guard seed >= 0 else { throw ValidationError("--seed \(seed): from 0") }
    guard numSamples >= 1 else { throw ValidationError("--num-samples \(numSamples): at least 1") }
  }

  func run() throws {
    Session.run { session in
      // One process writes; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let model = try source.load(session.team)
        let start = try promptBytes()
        let tokens = try start.isEmpty ? [firstToken(model)] : model.tokenizer.encode(start)
        for sample in 0..<numSamples {
          try write(model, start, tokens, sample: sample)
        }
        return []
      }
      return .done
    }
  }

  private func promptBytes() throws -> [UInt8] {
    if let promptFile { return try CorpusBuilder.documents(at: promptFile).bytes }
    return Array((prompt ?? "").utf8)
  }

  /// A model needs something to go on from: without a prompt what stands before a text, a line
  /// break, the end of another text, or whatever token there is.
  private func firstToken(_ model: TextModel) -> Int32 {
    (try? model.tokenizer.encode(Array("\n".utf8)).first) ?? model.tokenizer.endOfText ?? 0
  }

  /// - Throws: `OutputError`
  private func write(
    _ model: TextModel, _ start: [UInt8], _ tokens: [Int32], sample: Int
  ) throws {
    var generator = TokenGenerator(
      model.decoding, Sampling(temperature: temperature, topK: topK, topP: topP),
      seed: UInt64(seed), sample: sample)
    var output = TextStream()
    if numSamples > 1 { try output.write(Array("--- \(sample + 1)\n".utf8)) }
    try output.write(start)
    var failure: OutputError?
    var previous = tokens.last
    generator.generate(tokens, count: maxNewTokens) { token in
      if token == model.tokenizer.endOfText { return false }
      do throws(OutputError) {
        try output.write(model.tokenizer.bytes(of: token, after: previous))
        previous = token
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    try output.finish()
  }
}
