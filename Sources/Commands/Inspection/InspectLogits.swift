// `trainer inspect logits`: what a model expects behind a text.
import ArgumentParser
import Communication
import Models
import Reporting
import Text
import Training

struct InspectLogits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Show which tokens a model expects next, and how much.")

  @OptionGroup var source: TextModelOptions
  @OptionGroup var beginning: PromptOptions
  @Option(parsing: .unconditional, help: "Tokens to show.")
  var top = 10
  @Flag(help: "Show for every token of the prompt how much the model expected it.")
  var allPositions = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top \(top): at least 1") }
  }

  func run() throws {
    Session.run { session in
      // One process looks; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let prompt = try beginning.read()
        let model = try source.load(session.team)
        let tokens = try model.tokens(of: prompt)
        session.warnOfUnknownWords(model, in: prompt)
        let contextLength = model.decoding.contextLength
        guard tokens.count <= contextLength else {
          throw InspectionError.tooLong(tokens: tokens.count, contextLength: contextLength)
        }
        let view = try LogitView(
          tokens: tokens, model: model,
          places: ExpectedTokens.read(tokens, model.decoding, top: top, allPlaces: allPositions))
        let bars = StandardOutput.isTerminal && session.console.abilities.blockCharacters
        try StandardOutput.printLine(
          json
            ? view.json.compact
            : allPositions
              ? view.positions(columns: StandardOutput.columns)
              : view.successors(bars: bars, columns: StandardOutput.columns))
        return []
      }
      return .done
    }
  }
}

/// What a model expects, as it is shown.
private struct LogitView {
  let tokens: [Int32]
  let model: TextModel
  let places: [ExpectedTokens]

  private func name(_ token: Int32) -> String { ShownToken(token, model.tokenizer).text }

  private static func percent(_ probability: Double) -> String {
    NumberText.fixed(100 * probability, 1) + " %"
  }

  /// What may follow the whole text.
  func successors(bars: Bool, columns: Int) -> String {
    let next = places.last?.next ?? []
    let largest = next.first?.probability ?? 1
    return TextTable(
      [.init("token", .text), .init("id"), .init("logit"), .init("probability")]
        + (bars ? [.init("", .text)] : []),
      next.map {
        [
          name($0.token), "\($0.token)", NumberText.fixed(Double($0.logit), 3),
          Self.percent($0.probability),
        ] + (bars ? [Self.bar($0.probability / largest)] : [])
      }
    ).text(columns: columns)
  }

  private static func bar(_ part: Double) -> String {
    String(repeating: "█", count: Int((part * 16).rounded()))
  }

  /// What the model expected at each place, beside what stands there.
  func positions(columns: Int) -> String {
    TextTable(
      [
        .init("place"), .init("token", .text), .init("expected"), .init("rank"),
        .init("next, likeliest", .text), .init("probability"),
      ],
      places.map {
        [
          "\($0.place)", name(tokens[$0.place]),
          $0.own.map { Self.percent($0.probability) } ?? "",
          $0.own.map { "\($0.rank + 1)" } ?? "",
          $0.next.first.map { name($0.token) } ?? "",
          $0.next.first.map { Self.percent($0.probability) } ?? "",
        ]
      }
    ).text(columns: columns)
  }

  var json: JSONValue {
    .fields([
      ("checkpoint", .string(model.name)),
      (
        "positions",
        .array(
          places.map { expected in
            .fields([
              ("place", .count(expected.place)), ("token", .string(text(tokens[expected.place]))),
              ("id", .count(Int(tokens[expected.place]))),
              ("probability", expected.own.map { .number($0.probability) } ?? .null),
              ("next", .array(expected.next.map(json))),
            ])
          })
      ),
    ])
  }

  private func json(_ candidate: ExpectedTokens.Candidate) -> JSONValue {
    .fields([
      ("token", .string(text(candidate.token))), ("id", .count(Int(candidate.token))),
      ("logit", .number(Double(candidate.logit))), ("probability", .number(candidate.probability)),
    ])
  }

  private func text(_ token: Int32) -> String {
    String(decoding: model.tokenizer.bytes(of: token), as: UTF8.self)
  }
}
