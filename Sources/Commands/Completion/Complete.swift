// `trainer complete`: words for the blanks of a text.
import ArgumentParser
import Communication
import Reporting
import Text
import Training

struct Complete: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fill the blanks of a text with a trained model.",
    discussion: """
      Write ___ where a word is missing: "the ___ sat". Words that may follow what stands before a \
      blank are ranked by the likelihood of the whole text.
      """)

  @OptionGroup var source: TextModelOptions
  @Argument(help: "Text with one or more blanks; - or nothing reads it from standard input.")
  var text: String?
  @Option(parsing: .unconditional, help: "Fillers to show.")
  var top = 5
  @Option(parsing: .unconditional, help: "Words that a blank may stand for, at most.")
  var maxWords = 1
  @Option(parsing: .unconditional, help: "Fillers to compare.")
  var candidates = Completer.standardCandidateCount
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...10_000).contains(top) else { throw ValidationError("--top \(top): 1 to 10000") }
    guard (1...8).contains(maxWords) else {
      throw ValidationError("--max-words \(maxWords): 1 to 8")
    }
    guard (1...10_000).contains(candidates) else {
      throw ValidationError("--candidates \(candidates): 1 to 10000")
    }
    if let text, text != "-", BlankText(Array(text.utf8)).blankCount == 0 {
      throw ValidationError("\(CompletionError.noBlank)")
    }
  }

  func run() throws {
    Session.run { session in
      // One process fills in; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let written = try read()
        let text = BlankText(written)
        guard text.blankCount > 0 else { throw CompletionError.noBlank }
        let model = try source.load(session.team)
        for range in BlankText.ranges(of: written) {
          let prompt = Prompt(name: "text", bytes: Array(written[range]))
          do { _ = try model.tokens(of: prompt) } catch PromptError.undecodable(let error) {
            throw PromptError.undecodable(error.shifted(by: range.lowerBound))
          }
          session.warnOfUnknownWords(model, in: prompt)
        }
        let completions = try model.completer(
          shape: WordShape(maximumWords: maxWords), candidateCount: max(candidates, top)
        ).completions(of: text)
        try StandardOutput.printLine(
          json ? report(text, completions, model).compact : table(completions))
        return []
      }
      return .done
    }
  }

  private func read() throws -> [UInt8] {
    if let text, text != "-" { return Array(text.utf8) }
    var input = StandardInput()
    return try input.rest()
  }

  private func table(_ completions: [Completion]) -> String {
    guard !completions.isEmpty else { return "no word fits" }
    return TextTable(
      [.init("rank"), .init("filler", .text), .init("probability"), .init("log-likelihood")],
      completions.prefix(top).enumerated().map { index, completion in
        [
          "\(index + 1)", Self.fillers(completion).joined(separator: " … "),
          NumberText.fixed(100 * completion.probability, 1) + " %",
          NumberText.fixed(completion.logLikelihood, 2),
        ]
      }
    ).text(columns: StandardOutput.columns)
  }

  private func report(
    _ text: BlankText, _ completions: [Completion], _ model: TextModel
  ) -> JSONValue {
    .fields([
      ("checkpoint", .string(model.name)), ("candidates", .count(completions.count)),
      (
        "completions",
        .array(
          completions.prefix(top).map { completion in
            .fields([
              ("fillers", .array(Self.fillers(completion).map(JSONValue.string))),
              (
                "text",
                .string(String(decoding: text.filled(completion.fillers), as: UTF8.self))
              ),
              ("probability", .number(completion.probability)),
              ("log_likelihood", .number(completion.logLikelihood)),
            ])
          })
      ),
    ])
  }

  private static func fillers(_ completion: Completion) -> [String] {
    completion.fillers.map { String(decoding: $0, as: UTF8.self) }
  }
}

extension TextModel {
  func completer(
    shape: WordShape = WordShape(), candidateCount: Int = Completer.standardCandidateCount
  ) -> Completer {
    Completer(
      decoding, tokenizer, startToken: startToken, shape: shape, candidateCount: candidateCount)
  }
}
